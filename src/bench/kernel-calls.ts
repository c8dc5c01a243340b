import type { KernelBuild } from "../engine/build.js";
import { PhaseKind } from "../engine/control.js";
import { Engine } from "../engine/engine.js";
import type { Call } from "../engine/plan.js";
import type { Step } from "../engine/step.js";
import type { Graph } from "../graph/graph.js";
import { type ModelSource, modelFor } from "../graph/model.js";
import type { SeenImage } from "../graph/ops/work.js";
import { dropThreshold, randomBits } from "../graph/philox.js";
import { withLoss } from "../graph/with-loss.js";
import { initialize } from "../train/initialize.js";
import { callWork, stepFacts } from "./call-work.js";
import type { BenchmarkData } from "./images.js";
import { measurePeakGflops } from "./peak.js";
import {
  batchSize,
  benchmarkOptions,
  summarize,
  TimedTraining,
  type Watch,
} from "./timed-steps.js";

/** Steps of training before anything is measured, since kernels skip zeros and training changes which. */
const trainedSteps = 300;
/** Number of whole steps that are timed. */
const timedSteps = 100;
/** Images on which each call is measured. */
const samples = 6;
/** A call is repeated for this long, milliseconds, but at most `mostRepeats` times. */
const repeatFor = 0.15;
const mostRepeats = 50;
const seed = 0;
/** Index in the batch of the image on which calls are measured: the last one. */
const slot = batchSize - 1;

/**
 * One kernel call of a training step on one thread, or several in a row of one kernel for one layer, as a convolution
 * has for its groups and for its strides.
 */
export interface CallFigure {
  readonly kernel: string;
  readonly layer: string;
  /** Id of the node whose value the call's step writes; undefined for the objective's calls. */
  readonly output?: number;
  /** Microseconds per image. */
  readonly microseconds: number;
  /** Milliseconds per batch of 64. */
  readonly milliseconds: number;
  /** Fraction of the median step's time, 0..1. */
  readonly share: number;
  /** GFLOP/s, counting skipped operations as done. */
  readonly dense?: number;
  /** GFLOP/s of the operations that were done, where they are counted. */
  readonly executed?: number;
  /** `executed` as a fraction of the register-only peak, 0..1. */
  readonly ofPeak?: number;
}

/** How the time of a model's training step is divided among kernel calls. */
export interface KernelFigures {
  readonly model: string;
  /** Milliseconds of the median step on one thread. */
  readonly step: number;
  /** Peak GFLOP/s of multiply-adds that use registers only, measured in the same run. */
  readonly peak: number;
  /** In the order in which a step runs them. */
  readonly calls: readonly CallFigure[];
  /** Calls that run across the batch or once per step; they cannot be measured by themselves. */
  readonly skipped: readonly string[];
}

export interface KernelCallOptions extends Watch {
  readonly model: ModelSource;
  readonly data: BenchmarkData;
  readonly build?: KernelBuild;
}

/**
 * Times every kernel call that a training step runs for an image, on one thread, averaged over a few
 * images. A call is repeated on the same image, so its data are in the cache and its branches are well
 * predicted. A whole step takes longer than the sum of its calls, for this reason and because it also
 * packs weights, sums gradients and updates the parameters.
 */
export async function measureKernelCalls(options: KernelCallOptions): Promise<KernelFigures> {
  const { data, build } = options;
  const { name, graph } = modelFor("bench", options.model, data);
  const withItsLoss = withLoss(graph);
  const engine = await measuredEngine(graph, data, build);
  try {
    const peakBefore = measurePeakGflops(engine);
    const training = new TimedTraining(engine, data.train.count);
    await training.steps(trainedSteps, { signal: options.signal });
    const step = summarize(await training.steps(timedSteps, { signal: options.signal })).median;
    const { measured, skipped } = splitCalls(engine);
    const counter = await WorkCounter.create(withItsLoss, data, engine, stepsOf(measured));
    try {
      const sums = measured.map((calls) => new CallSum(calls));
      for (let sample = 0; sample < samples; sample++) {
        options.signal?.throwIfAborted();
        measureSample(engine, sample, sums, counter.count(sample), withItsLoss);
        options.onProgress?.(sample + 1, samples);
        await new Promise((resolve) => setTimeout(resolve));
      }
      // Other programs may slow down either measurement.
      const peak = Math.max(peakBefore, measurePeakGflops(engine));
      const calls = sums.map((sum) => sum.figure(step, peak));
      return { model: name, step, peak, calls, skipped };
    } finally {
      counter.close();
    }
  } finally {
    engine.close();
  }
}

type MeasuredEngine = Engine<"train" | "evaluate" | "sample", "train" | "test">;

/** An engine that trains; its plan `sample` is a training step without the update of the parameters. */
async function measuredEngine(
  graph: Graph,
  data: BenchmarkData,
  build: KernelBuild | undefined,
): Promise<MeasuredEngine> {
  const options = benchmarkOptions(graph, data, { threads: 1, build });
  const sample = { ...options.plans.train, update: false };
  const engine = await Engine.create({ ...options, plans: { ...options.plans, sample } });
  engine.setParameters(initialize(graph, 0));
  return engine;
}

/** Successive calls of one kernel in one step. */
type Repeated = readonly [Call, ...Call[]];

interface SplitCalls {
  /** Calls of the phases that run image by image. */
  readonly measured: readonly Repeated[];
  readonly skipped: readonly string[];
}

function splitCalls(engine: MeasuredEngine): SplitCalls {
  const phases = engine.phases("sample");
  const perImage = phases.filter(({ kind }) => kind === PhaseKind.Images);
  const perBatch = phases.filter(({ kind }) => kind === PhaseKind.Batch);
  return {
    measured: perImage.flatMap(({ calls }) => repeatedCalls(calls)),
    skipped: perBatch.flatMap(({ calls }) => calls.map(({ kernel }) => kernel)),
  };
}

function repeatedCalls(calls: readonly Call[]): Repeated[] {
  const found: [Call, ...Call[]][] = [];
  for (const call of calls) {
    const before = found.at(-1);
    const isSame = before?.[0].kernel === call.kernel && before[0].step === call.step;
    if (isSame) before.push(call);
    else found.push([call]);
  }
  return found;
}

function stepsOf(measured: readonly Repeated[]): Step[] {
  return [...new Set(measured.flatMap(([{ step }]) => step ?? []))];
}

/** Sums the time of one call, or of successive ones of one kernel, over several images. */
class CallSum {
  milliseconds = 0;
  dense = 0;
  executed: number | undefined = 0;
  images = 0;

  constructor(readonly calls: Repeated) {}

  figure(step: number, peak: number): CallFigure {
    const perImage = this.milliseconds / this.images;
    const milliseconds = perImage * batchSize;
    // A multiply-add is two operations; 1e6 operations per millisecond are 1 GFLOP/s.
    const rate = (work: number) => (2 * work) / this.milliseconds / 1e6;
    const [{ kernel, step: layer }] = this.calls;
    const figure = {
      kernel,
      layer: layer?.label ?? "objective",
      ...(layer && { output: layer.output }),
      microseconds: perImage * 1000,
      milliseconds,
      share: milliseconds / step,
    };
    if (this.dense === 0) return figure;
    if (this.executed === undefined) return { ...figure, dense: rate(this.dense) };
    const executed = rate(this.executed);
    return { ...figure, dense: rate(this.dense), executed, ofPeak: executed / peak };
  }
}

function measureSample(
  engine: MeasuredEngine,
  sample: number,
  sums: readonly CallSum[],
  measured: ReadonlyMap<Step, unknown>,
  graph: Graph,
): void {
  for (const sum of sums) {
    // Repeated calls keep adding to the gradients, so each measurement starts from a fresh step.
    runSample(engine, sample);
    for (const call of sum.calls) sum.milliseconds += measureRepeated(engine, call);
    sum.images++;
    const [{ step, kernel }] = sum.calls;
    if (step === undefined) continue;
    const done = callWork({ graph, batchSize }, { step, kernel }, measured.get(step));
    sum.dense += done?.dense ?? 0;
    if (done?.executed === undefined) sum.executed = undefined;
    else if (sum.executed !== undefined) sum.executed += done.executed;
  }
}

/** Runs one step; calls are then measured on its last image. */
function runSample(engine: Pick<Engine<"sample", "train">, "run">, sample: number): void {
  engine.run({ plan: "sample", set: "train", from: sample, to: sample + 1, seed });
}

function measureRepeated(engine: MeasuredEngine, call: Call): number {
  const once = engine.measureCall(call, 1);
  const times = Math.min(mostRepeats, Math.max(1, Math.round(repeatFor / once)));
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 3; turn++) least = Math.min(least, engine.measureCall(call, times));
  return least;
}

/** Counts the operations of steps that skip zeros, in an engine that keeps all values and gradients. */
class WorkCounter {
  private constructor(
    private readonly engine: Engine<"sample", "train">,
    private readonly graph: Graph,
    private readonly steps: readonly Step[],
  ) {}

  /**
   * @param graph with its loss
   * @param trained the engine whose parameters are used
   * @param steps of the graph's plan
   */
  static async create(
    graph: Graph,
    data: BenchmarkData,
    trained: MeasuredEngine,
    steps: readonly Step[],
  ): Promise<WorkCounter> {
    const counted = steps.filter(({ work }) => work?.measure !== undefined);
    const kept = counted.map(({ output }) => output);
    const objective = { training: true, objective: "loss", update: false, kept } as const;
    const engine = await Engine.create({
      plans: { sample: { graph, ...objective } },
      sets: { train: data.train },
      batchSize,
      threads: 1,
      mean: data.mean,
      std: data.std,
      build: trained.build,
    });
    engine.setParameters(trained.parameters());
    return new WorkCounter(engine, graph, counted);
  }

  /** The counts of each step for the image on which calls are measured. */
  count(sample: number): Map<Step, unknown> {
    runSample(this.engine, sample);
    return new Map(
      this.steps.map((step) => {
        const facts = stepFacts(this.graph, step);
        return [step, step.work!.measure!(facts, this.#seenImage(step, sample))];
      }),
    );
  }

  #seenImage({ inputs, output }: Step, sample: number): SeenImage {
    const value = (node: number) => this.engine.value("sample", node, slot);
    return {
      input: (index) => value(inputs[index]!),
      output: () => value(output),
      outputGradient: () => this.engine.nodeGradient("sample", output, slot),
      keeps(unit, { stream, units, p }) {
        const bits = randomBits({ seed, stream, step: sample }, slot * units + unit);
        return bits >= dropThreshold(p);
      },
    };
  }

  close(): void {
    this.engine.close();
  }
}
