import { Worker } from "node:worker_threads";
import type { Dataset } from "../data/dataset.js";
import { type SharedDataset, shareDataset } from "../data/share-dataset.js";
import type { KernelBuild } from "../engine/build.js";
import { type ModelSource, modelFor } from "../graph/model.js";
import type { ThroughputTask, ThroughputTimes } from "./throughput-worker.js";
import { batchSize } from "./timed-steps.js";

/** The size of the runs that are counted per hour: MNIST, with the default epochs of `fovea train`. */
const counted = { epochs: 5, train: 60_000, test: 10_000 } as const;

/** Speed of several runs that train at the same time. */
export interface ThroughputFigure {
  readonly model: string;
  /** Number of runs at the same time; `threads`: threads of each. */
  readonly runs: number;
  readonly threads: number;
  /** Median milliseconds of a step, and nanoseconds to classify an image, while all train; means of the runs. */
  readonly step: number;
  readonly image: number;
  /** Runs of 5 epochs with 60,000 + 10,000 images per hour, extrapolated from the two times. */
  readonly runsPerHour: number;
}

export interface ThroughputOptions {
  readonly model: ModelSource;
  readonly data: Dataset;
  /** Threads of all runs together. */
  readonly threads: number;
  /** Steps that each run times. */
  readonly steps: number;
  readonly build?: KernelBuild;
  readonly signal?: AbortSignal;
}

/** Measures one run on all threads, then as many runs as threads, each on one thread. */
export async function measureThroughput(options: ThroughputOptions): Promise<ThroughputFigure[]> {
  const shared = shareDataset(options.data);
  const { threads } = options;
  const figures = [await measureTogether(options, shared, 1, threads)];
  if (threads > 1) figures.push(await measureTogether(options, shared, threads, 1));
  return figures;
}

async function measureTogether(
  { model: source, data, steps, build, signal }: ThroughputOptions,
  shared: SharedDataset,
  runs: number,
  threads: number,
): Promise<ThroughputFigure> {
  signal?.throwIfAborted();
  const { name, graph } = modelFor("bench", source, data);
  const meeting = new Int32Array(new SharedArrayBuffer(8));
  const task: ThroughputTask = { graph, shared, threads, steps, build, runs, meeting };
  const workers = Array.from({ length: runs }, () => startWorker(task));
  const quit = () => void workers.map(({ worker }) => worker.terminate());
  signal?.addEventListener("abort", quit);
  try {
    const times = await Promise.all(workers.map((worker) => worker.times));
    const mean = (field: keyof ThroughputTimes) =>
      times.reduce((sum, each) => sum + each[field], 0) / runs;
    const step = mean("step");
    const image = mean("image");
    return { model: name, runs, threads, step, image, runsPerHour: runsPerHour(runs, step, image) };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", quit);
    quit();
  }
}

/**
 * @param step milliseconds of a training step
 * @param image nanoseconds to classify an image
 */
export function runsPerHour(runs: number, step: number, image: number): number {
  const stepSeconds = (Math.ceil(counted.train / batchSize) * step) / 1e3;
  const imageSeconds = (counted.test * image) / 1e9;
  return (runs * 3600) / (counted.epochs * (stepSeconds + imageSeconds));
}

function startWorker(task: ThroughputTask) {
  const file = new URL("./throughput-worker.js", import.meta.url);
  const worker = new Worker(file, { workerData: task, execArgv: [] });
  const times = new Promise<ThroughputTimes>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("bench: a run ended before it was timed")));
  });
  return { worker, times };
}
