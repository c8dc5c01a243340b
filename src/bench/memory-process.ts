// What `measureMemory` starts: trains, and prints a `MemoryFigure` as JSON. Its argument is a
// `MemoryOptions` as JSON.

import { loadData } from "../data/load.js";
import { buildModel } from "../models/index.js";
import type { MemoryFigure, MemoryOptions } from "./memory.js";
import { benchmarkEngine, TimedTraining } from "./timed-steps.js";

/** Steps before heaps are compared: what V8 allocates to compile the loop is none of the loop's. */
const warmUpSteps = 200;

const options: MemoryOptions = JSON.parse(process.argv[2]!);
const { data } = await loadData(options.data, { environment: process.env });
const graph = buildModel(options.model, data, data.classes);
const { threads, build } = options;
const engine = await benchmarkEngine(graph, data, { threads, build });
const training = new TimedTraining(engine, data.train.count);
runSteps(warmUpSteps);
globalThis.gc?.();
const heapBefore = process.memoryUsage().heapUsed;
runSteps(options.steps);
const { heapUsed, rss } = process.memoryUsage();
const figure: MemoryFigure = {
  model: options.model,
  threads: engine.threads,
  resident: rss,
  mostResident: process.resourceUsage().maxRSS * 1024,
  steps: options.steps,
  heapBefore,
  heapAfter: heapUsed,
};
engine.close();
process.stdout.write(JSON.stringify(figure));

function runSteps(count: number): void {
  for (let step = 0; step < count; step++) training.step();
}
