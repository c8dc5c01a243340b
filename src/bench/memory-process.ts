// The process that `measureMemory` starts: reads a `MemoryTask` as JSON, trains, prints a `MemoryFigure` as JSON.

import { text } from "node:stream/consumers";
import { loadData } from "../data/load.node.js";
import { DataMemory } from "../engine/data-memory.js";
import { decodeModel } from "../runs/model-codec.js";
import { type BenchmarkData, firstImages } from "./images.js";
import type { MemoryFigure, MemoryTask } from "./memory.js";
import { type BenchmarkEngine, benchmarkEngine, learningRate } from "./timed-steps.js";

/** Steps before the heap is first read, so that V8's memory for compiling the loop is not counted. */
const warmUpSteps = 200;

/** Steps per command to the engine, as in a training. */
const stepsAtOnce = 20;

const options: MemoryTask = JSON.parse(await text(process.stdin));
const { data } = await loadData(options.data, {
  allocate: new DataMemory().allocate,
  ...options.dataOptions,
});
const start = await measureStart();
const engine = await startEngine(data, options.threads);
runSteps(engine, warmUpSteps, 1);
globalThis.gc?.();
const heapBefore = process.memoryUsage().heapUsed;
runSteps(engine, options.steps, stepsAtOnce);
const { heapUsed, rss } = process.memoryUsage();
globalThis.gc?.();
const figure: MemoryFigure = {
  model: decodeModel(options.model, "bench").name,
  threads: engine.threads,
  start,
  resident: rss,
  mostResident: process.resourceUsage().maxRSS * 1024,
  steps: options.steps,
  heapBefore,
  heapAfter: process.memoryUsage().heapUsed,
  garbage: Math.max(0, heapUsed - heapBefore),
};
engine.close();
process.stdout.write(JSON.stringify(figure));

/** Milliseconds from a model as data to an engine on one thread, with nothing compiled beforehand. */
async function measureStart(): Promise<number> {
  const started = performance.now();
  const first = await startEngine(firstImages(data, { train: 1, test: 1 }), 1);
  const taken = performance.now() - started;
  first.close();
  return taken;
}

function startEngine(images: BenchmarkData, threads: number): Promise<BenchmarkEngine> {
  const { graph } = decodeModel(options.model, "bench");
  return benchmarkEngine(graph, images, { threads, build: options.build });
}

/** Runs steps in commands of `most` each; of fewer where an epoch has fewer. */
function runSteps(training: BenchmarkEngine, count: number, most: number): void {
  const atOnce = Math.min(most, training.steps("train"));
  const turns = Math.floor(training.steps("train") / atOnce);
  for (let step = 0; step < count; step += atOnce) {
    const from = ((step / atOnce) % turns) * atOnce;
    const to = from + atOnce;
    training.run({ plan: "train", set: "train", from, to, learningRate, stepBase: step - from });
  }
}
