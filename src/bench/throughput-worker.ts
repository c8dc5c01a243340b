// What `measureThroughput` starts, once a run: trains while the others train, and times itself.

import { parentPort, workerData } from "node:worker_threads";
import { type SharedDataset, sharedDataset } from "../data/share-dataset.js";
import type { KernelBuild } from "../engine/build.js";
import type { Graph } from "../graph/graph.js";
import { benchmarkEngine, summarize, TimedTraining } from "./timed-steps.js";

export interface ThroughputTask {
  readonly graph: Graph;
  readonly shared: SharedDataset;
  readonly threads: number;
  readonly steps: number;
  readonly build?: KernelBuild;
  /** How many run at once. */
  readonly runs: number;
  /** Shared counts of the runs that are warm, and that are timed. */
  readonly meeting: Int32Array;
}

export interface ThroughputTimes {
  /** Median milliseconds of a training step. */
  readonly step: number;
  /** Nanoseconds to classify an image. */
  readonly image: number;
}

/** Steps before the first that counts, as in `measureWholeSteps`. */
const warmUpSteps = 150;
const [warm, timed] = [0, 1];

const { graph, shared, threads, steps, build, runs, meeting }: ThroughputTask = workerData;
const data = sharedDataset(shared);
const engine = await benchmarkEngine(graph, data, { threads, build });
const training = new TimedTraining(engine, data.train.count);

await training.steps(Math.min(warmUpSteps, 10 + steps));
classify();
await meet(warm);
const step = summarize(await training.steps(steps)).median;
const image = (classify() * 1e6) / data.test.count;
// Those that are slower are timed beside a run, too.
await meet(timed);
engine.close();
parentPort!.postMessage({ step, image } satisfies ThroughputTimes);

/** Trains until all runs are here. */
async function meet(place: number): Promise<void> {
  Atomics.add(meeting, place, 1);
  while (Atomics.load(meeting, place) < runs) await training.steps(1);
}

/** Milliseconds to classify the test images. */
function classify(): number {
  const started = performance.now();
  engine.run({ plan: "evaluate", set: "test", from: 0, to: engine.steps("test") });
  return performance.now() - started;
}
