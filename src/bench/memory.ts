import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { KernelBuild } from "../engine/build.js";
import type { ModelName } from "../models/index.js";

/** What a training process takes; memory in bytes. */
export interface MemoryFigure {
  readonly model: string;
  readonly threads: number;
  /** Milliseconds until a model can run: its graph, its plans, the kernels; images aside. */
  readonly start: number;
  /** In the processor's memory at the end of the steps, data included. */
  readonly resident: number;
  /** The most there ever was, such as while data are unpacked. */
  readonly mostResident: number;
  readonly steps: number;
  /** JavaScript's heap before and after the steps, each time after a collection. */
  readonly heapBefore: number;
  readonly heapAfter: number;
  /** What the steps left on the heap to be collected. */
  readonly garbage: number;
}

export interface MemoryOptions {
  readonly model: ModelName;
  /** What finds the data: see `loadData`. */
  readonly data: string;
  readonly threads: number;
  readonly steps: number;
  readonly build?: KernelBuild;
}

/** Measures a training in a process of its own. */
export async function measureMemory(
  options: MemoryOptions,
  signal?: AbortSignal,
): Promise<MemoryFigure> {
  const file = fileURLToPath(new URL("./memory-process.js", import.meta.url));
  const args = ["--expose-gc", file, JSON.stringify(options)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { signal });
  return JSON.parse(stdout);
}
