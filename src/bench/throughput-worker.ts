// The worker that `measureThroughput` starts for each run: trains while the others train, and times itself.

import { parentPort, workerData } from "node:worker_threads";
import { type SharedDataset, sharedDataset } from "../data/share-dataset.js";
import type { KernelBuild } from "../engine/build.js";
import type { Graph } from "../graph/graph.js";
import { benchmarkEngine, summarize, TimedTraining, timeEvaluation } from "./timed-steps.js";

export interface ThroughputTask {
  readonly graph: Graph;
  readonly shared: SharedDataset;
  readonly threads: number;
  readonly steps: number;
  readonly build?: KernelBuild;
  /** Number of runs at the same time. */
  readonly runs: number;
  /** Shared counters: how many runs have warmed up, and how many have been timed. */
  readonly meeting: Int32Array;
}

export interface ThroughputTimes {
  /** Median milliseconds of a training step. */
  readonly step: number;
  /** Nanoseconds to classify an image. */
  readonly image: number;
}

const [warm, timed] = [0, 1];

const { graph, shared, threads, steps, build, runs, meeting }: ThroughputTask = workerData;
const data = sharedDataset(shared);
const engine = await benchmarkEngine(graph, data, { threads, build });
const training = new TimedTraining(engine, data.train.count);

await training.warmUp(steps);
timeEvaluation(engine);
await meet(warm);
const step = summarize(await training.steps(steps)).median;
const image = (timeEvaluation(engine) * 1e6) / data.test.count;
// Keeps training until all runs have been timed, so that slower runs are not timed alone.
await meet(timed);
engine.close();
parentPort!.postMessage({ step, image } satisfies ThroughputTimes);

/** Trains until all runs have reached this counter. */
async function meet(counter: number): Promise<void> {
  Atomics.add(meeting, counter, 1);
  while (Atomics.load(meeting, counter) < runs) await training.steps(1);
}
