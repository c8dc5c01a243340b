import type { KernelBuild } from "../engine/build.js";
import { SHARDS } from "../engine/control.js";
import { type Graph, sizeOf } from "../graph/graph.js";
import { defineModel, type ModelDefinition } from "../graph/model.js";
import { nodesOfRole } from "../graph/node-facts.js";
import { classifier, usualWidths } from "../models/classifier.js";
import { layerWork } from "./call-work.js";
import { convolutionClassifier, type MeasuredConvolution } from "./convolution-classifier.js";
import { type BenchmarkData, firstImages, resizedImages } from "./images.js";
import { planMemory } from "./plan-memory.js";
import {
  batchSize,
  benchmarkEngine,
  type EngineSettings,
  summarize,
  TimedTraining,
  type Times,
} from "./timed-steps.js";

/**
 * The sizes that are varied, one at a time. The others stay at batch 64, 28×28, 10 and 20 channels, one thread; kernel
 * and stride are those of a convolution from 16 to 32 channels.
 */
export const scalingAxes = [
  "batch size",
  "image side",
  "attention positions",
  "channels",
  "kernel size",
  "stride",
  "threads",
] as const;

export type ScalingAxis = (typeof scalingAxes)[number];

const sizes = {
  batch: [16, 32, 64, 128, 256, 512, 1024],
  side: [28, 36, 48, 64, 80, 96, 128],
  channels: [4, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128],
  kernel: [1, 2, 3, 4, 5, 6, 7],
  stride: [1, 2, 3, 4],
} as const;

/** The convolutions whose kernels and strides grow: all channels with all, and each channel alone. */
const convolutions = [
  { name: "dense", sizes: { kernelSize: 3, stride: 1, groups: 1 } },
  { name: "depthwise", sizes: { kernelSize: 3, stride: 1, groups: 16 } },
] as const;

/** Milliseconds that each engine runs before it is timed, and while it is timed. */
const warmUpFor = 300;
const timedFor = 500;
const fewestSteps = { warmUp: 1, timed: 3 } as const;
const mostSteps = 100;

/** Milliseconds of a training step at one size. */
export interface ScalingPoint extends Times {
  readonly size: number;
  /** Working memory of a step in bytes, without images and parameters: see `planMemory`. */
  readonly memory: number;
  /** Multiply-adds of the forward pass of a batch: see `layerWork`. */
  readonly work: number;
}

export interface ScalingSeries {
  readonly axis: ScalingAxis;
  readonly model: string;
  readonly points: readonly ScalingPoint[];
}

export interface ScalingOptions {
  readonly models: readonly ModelDefinition[];
  readonly data: BenchmarkData;
  /** Largest value of the axis `threads`; at most 8. */
  readonly cores: number;
  readonly build?: KernelBuild;
  /** Called before each point. */
  readonly onPoint?: (axis: ScalingAxis, model: string, size: number) => void;
  readonly signal?: AbortSignal;
}

/** Times training steps while one size grows at a time. */
export async function measureScaling(options: ScalingOptions): Promise<ScalingSeries[]> {
  const { models } = options;
  // A batch of the largest size, and the largest images twice a batch of 64.
  const most = Math.max(...sizes.batch);
  const data = firstImages(options.data, { train: 2 * most, test: batchSize });
  const few = firstImages(data, { train: 2 * batchSize, test: batchSize });
  const series: ScalingSeries[] = [];
  for (const model of models) series.push(await alongBatchSizes(model, data, options));
  for (const model of models) {
    const sides = await alongSides(model, few, options);
    series.push(sides);
    const positions = sides.points.map((point) => ({
      ...point,
      size: attentionPositions(
        model.build({ ...data, rows: point.size, columns: point.size }).graph,
      ),
    }));
    if (positions.every(({ size }) => size > 0)) {
      series.push({ axis: "attention positions", model: model.name, points: positions });
    }
  }
  series.push(await alongChannels(data, options));
  for (const { name, sizes: usual } of convolutions) {
    const measured = (changed: Partial<MeasuredConvolution>) =>
      measureConvolution({ ...usual, ...changed }, data, options);
    series.push(
      await along("kernel size", name, sizes.kernel, options, (kernelSize) =>
        measured({ kernelSize }),
      ),
      await along("stride", name, sizes.stride, options, (stride) => measured({ stride })),
    );
  }
  for (const model of models) series.push(await alongThreads(model, data, options));
  return series;
}

function alongBatchSizes(
  model: ModelDefinition,
  data: BenchmarkData,
  options: ScalingOptions,
): Promise<ScalingSeries> {
  const { graph } = model.build(data);
  const fitting = sizes.batch.filter((size) => size <= data.train.count);
  return along("batch size", model.name, fitting, options, (size) =>
    measureStep(graph, data, { threads: 1, batchSize: size, build: options.build }),
  );
}

function alongSides(
  model: ModelDefinition,
  data: BenchmarkData,
  options: ScalingOptions,
): Promise<ScalingSeries> {
  return along("image side", model.name, sizes.side, options, (side) => {
    const images = resizedImages(data, side);
    const { graph } = model.build(images);
    return measureStep(graph, images, { threads: 1, build: options.build });
  });
}

/** The classifier with other numbers of channels: the second convolution has twice as many as the first, as usual. */
function alongChannels(data: BenchmarkData, options: ScalingOptions): Promise<ScalingSeries> {
  return along("channels", "cnn", sizes.channels, options, (width) => {
    const widths = { ...usualWidths, channels: [width, 2 * width] } as const;
    const network = defineModel("cnn", (image, { classes }) =>
      classifier(image, classes, { widths }),
    );
    return measureStep(network.build(data).graph, data, { threads: 1, build: options.build });
  });
}

function measureConvolution(
  convolution: MeasuredConvolution,
  data: BenchmarkData,
  { build }: ScalingOptions,
): Promise<StepCost> {
  const graph = convolutionClassifier(data, data.classes, convolution);
  return measureStep(graph, data, { threads: 1, build });
}

function alongThreads(
  model: ModelDefinition,
  data: BenchmarkData,
  options: ScalingOptions,
): Promise<ScalingSeries> {
  const { graph } = model.build(data);
  const most = Math.min(SHARDS, options.cores);
  const threads = Array.from({ length: most }, (_, index) => index + 1);
  return along("threads", model.name, threads, options, (size) =>
    measureStep(graph, data, { threads: size, build: options.build }),
  );
}

type StepCost = Omit<ScalingPoint, "size">;

async function along(
  axis: ScalingAxis,
  model: string,
  values: readonly number[],
  options: ScalingOptions,
  measure: (size: number) => Promise<StepCost>,
): Promise<ScalingSeries> {
  const points: ScalingPoint[] = [];
  for (const size of values) {
    options.signal?.throwIfAborted();
    options.onPoint?.(axis, model, size);
    points.push({ size, ...(await measure(size)) });
  }
  return { axis, model, points };
}

async function measureStep(
  graph: Graph,
  data: BenchmarkData,
  settings: EngineSettings,
): Promise<StepCost> {
  const engine = await benchmarkEngine(graph, data, settings);
  try {
    const training = new TimedTraining(engine, data.train.count);
    await runFor(training, warmUpFor, fewestSteps.warmUp);
    const times = summarize(await runFor(training, timedFor, fewestSteps.timed));
    const { threads, batchSize } = engine;
    const memory = planMemory(graph, { threads, batchSize });
    return { ...times, memory, work: batchSize * layerWork({ graph, batchSize }) };
  } finally {
    engine.close();
  }
}

/** Runs steps for a given total time; returns the milliseconds of each. */
async function runFor(
  training: TimedTraining,
  milliseconds: number,
  fewest: number,
): Promise<number[]> {
  const times: number[] = [];
  let sum = 0;
  while (times.length < fewest || (sum < milliseconds && times.length < mostSteps)) {
    const [time] = await training.steps(1);
    times.push(time!);
    sum += time!;
  }
  return times;
}

/** Number of positions of the graph's first attention over positions; 0 where it has none. */
function attentionPositions(graph: Graph): number {
  const attention = nodesOfRole(graph, "attention").find(({ role }) => role.over === "places");
  return attention ? sizeOf(attention.node.shape.slice(1)) : 0;
}
