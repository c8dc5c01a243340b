import type { Dataset } from "../data/dataset.js";
import type { PictureOptions } from "../data/sources/sets/picture-options.js";
import type { KernelBuild } from "../engine/build.js";
import type { ModelDefinition } from "../graph/model.js";
import { describeMachine, describeVersions } from "../runs/machine.node.js";
import { firstImages } from "./images.js";
import { type KernelFigures, measureKernelCalls } from "./kernel-calls.js";
import { type MemoryFigure, measureMemory } from "./memory.js";
import { measurePeakGflops } from "./peak.js";
import { measureProcess } from "./process-time.js";
import type { BenchmarkResult } from "./result.js";
import { measureScaling, type ScalingSeries } from "./scaling.js";
import { measureThroughput, type ThroughputFigure } from "./throughput.js";
import { batchSize, benchmarkEngine } from "./timed-steps.js";
import { measureWholeSteps, type WholeStepFigures } from "./whole-steps.js";

/** Steps of the training whose memory is measured; the heap is read before and after them. */
const memorySteps = 1000;

export interface BenchmarkOptions {
  readonly models: readonly ModelDefinition[];
  /** The model that several runs train at the same time. */
  readonly throughputModel: ModelDefinition;
  readonly threads: readonly number[];
  /** Number of steps to time; each is timed by itself. */
  readonly steps: number;
  readonly data: Dataset;
  /** The argument of `loadData` that gives the same data, for child processes. */
  readonly dataChoice: { readonly choice: string; readonly options: PictureOptions };
  /** Path of the command line's script; the start of its `--help` is timed. */
  readonly commandLine: string;
  /** Also measure single kernel calls. */
  readonly kernels: boolean;
  /** Also measure how the cost grows. */
  readonly scaling: boolean;
  /** Default: the fastest that works here. */
  readonly build?: KernelBuild;
  /** Called before each measurement with its description. */
  readonly onActivity: (activity: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs all benchmarks one after the other.
 *
 * @throws the signal's reason when it aborts
 */
export async function runBenchmark(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const machine = describeMachine();
  const whole = await wholeSteps(options);
  const peak = await registerPeak(options);
  const memory = await memories(options);
  const throughput = await runsBesideEachOther(options);
  options.onActivity("start of the command line");
  const help = await measureProcess([options.commandLine, "--help"]);
  return {
    ...describeVersions(),
    processor: machine.processor,
    cores: machine.cores,
    platform: `${machine.platform} ${machine.architecture}`,
    build: whole[0]!.build,
    data: options.data.name,
    batchSize,
    steps: whole.map(({ step }) => step),
    evaluation: whole.map(({ evaluation }) => evaluation),
    peak,
    memory,
    throughput,
    help,
    ...(options.kernels && { kernels: await kernels(options) }),
    ...(options.scaling && { scaling: await scaling(options, machine.cores) }),
  };
}

async function wholeSteps(options: BenchmarkOptions): Promise<WholeStepFigures[]> {
  const { data, steps, build, signal } = options;
  const figures: WholeStepFigures[] = [];
  for (const model of options.models) {
    for (const threads of options.threads) {
      options.onActivity(`${model.name}, threads: ${threads}`);
      figures.push(await measureWholeSteps({ model, data, threads, steps, build, signal }));
    }
  }
  return figures;
}

async function registerPeak(options: BenchmarkOptions): Promise<number> {
  options.onActivity("register-only peak");
  const data = firstImages(options.data, { train: 1, test: 1 });
  const { graph } = options.models[0]!.build(data);
  const engine = await benchmarkEngine(graph, data, { threads: 1, build: options.build });
  try {
    return measurePeakGflops(engine);
  } finally {
    engine.close();
  }
}

async function memories(options: BenchmarkOptions): Promise<MemoryFigure[]> {
  const { build, dataChoice, signal } = options;
  const threads = Math.max(...options.threads);
  const figures: MemoryFigure[] = [];
  for (const model of options.models) {
    options.onActivity(`memory of ${model.name}`);
    const built = model.build(options.data);
    const wanted = {
      model: built,
      data: dataChoice.choice,
      dataOptions: dataChoice.options,
      threads,
      steps: memorySteps,
      build,
    };
    figures.push(await measureMemory(wanted, signal));
  }
  return figures;
}

function runsBesideEachOther(options: BenchmarkOptions): Promise<ThroughputFigure[]> {
  const { throughputModel: model, data, steps, build, signal } = options;
  options.onActivity("runs at the same time");
  const threads = Math.max(...options.threads);
  return measureThroughput({ model, data, threads, steps, build, signal });
}

async function kernels(options: BenchmarkOptions): Promise<KernelFigures[]> {
  const { data, build, signal, onActivity } = options;
  const figures: KernelFigures[] = [];
  for (const model of options.models) {
    onActivity(`kernel calls of ${model.name}`);
    figures.push(await measureKernelCalls({ model, data, build, signal }));
  }
  return figures;
}

function scaling(options: BenchmarkOptions, cores: number): Promise<ScalingSeries[]> {
  const { models, data, build, signal, onActivity } = options;
  return measureScaling({
    ...{ models, data, cores, build, signal },
    onPoint: (axis, model, size) => onActivity(`${axis} ${size}, ${model}`),
  });
}
