import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { KernelBuild } from "../engine/build.js";
import { buildModel, type ModelName } from "../models/index.js";
import { type BenchmarkData, firstImages } from "./images.js";
import { benchmarkEngine, summarize } from "./timed-steps.js";

const turns = 5;

/** Milliseconds until a model can run: its graph, its plans, the kernels; images aside. */
export interface StartFigure {
  readonly model: string;
  readonly milliseconds: number;
}

/** Times from a model's name to an engine on one thread. */
export async function measureStart(
  model: ModelName,
  data: BenchmarkData,
  build?: KernelBuild,
): Promise<StartFigure> {
  const few = firstImages(data, { train: 1, test: 1 });
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const started = performance.now();
    const graph = buildModel(model, few, few.classes);
    const engine = await benchmarkEngine(graph, few, { threads: 1, build });
    times.push(performance.now() - started);
    engine.close();
  }
  return { model, milliseconds: summarize(times).median };
}

/** Milliseconds from the start to the end of a process of Node's. */
export async function measureProcess(args: readonly string[]): Promise<number> {
  const run = promisify(execFile);
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const started = performance.now();
    await run(process.execPath, args);
    times.push(performance.now() - started);
  }
  return summarize(times).median;
}
