import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { PictureOptions } from "../data/sources/sets/picture-options.js";
import type { KernelBuild } from "../engine/build.js";
import type { Model } from "../graph/model.js";
import { encodeModel } from "../runs/model-codec.js";

/** Memory of a training process, in bytes, and its time to start. */
export interface MemoryFigure {
  readonly model: string;
  readonly threads: number;
  /** Milliseconds until a model can run: reading its graph, planning, loading kernels; without images. */
  readonly start: number;
  /** Resident memory at the end of the steps, data included. */
  readonly resident: number;
  /** Largest resident memory at any time, for example while data are unpacked. */
  readonly mostResident: number;
  readonly steps: number;
  /** Size of the JavaScript heap before the steps, after a garbage collection; `heapAfter`: after the steps. */
  readonly heapBefore: number;
  readonly heapAfter: number;
  /** Garbage that the steps left on the heap. */
  readonly garbage: number;
}

export interface MemoryOptions {
  readonly model: Model;
  /** The argument of `loadData`. */
  readonly data: string;
  /** How they are read. */
  readonly dataOptions: PictureOptions;
  readonly threads: number;
  readonly steps: number;
  readonly build?: KernelBuild;
}

/** The task that the process reads from its standard input, as JSON. */
export interface MemoryTask extends Omit<MemoryOptions, "model"> {
  /** The text of a `model.json`. */
  readonly model: string;
}

/** Measures a training in a process of its own. */
export async function measureMemory(
  options: MemoryOptions,
  signal?: AbortSignal,
): Promise<MemoryFigure> {
  const file = fileURLToPath(new URL("./memory-process.js", import.meta.url));
  const stdio = ["pipe", "pipe", "inherit"] as const;
  const child = spawn(process.execPath, ["--expose-gc", file], { stdio: [...stdio], signal });
  const ended = new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`bench: the process that measures memory ended with code ${code}`));
    });
  });
  const task: MemoryTask = { ...options, model: encodeModel(options.model) };
  child.stdin!.end(JSON.stringify(task));
  const [printed] = await Promise.all([text(child.stdout!), ended]);
  return JSON.parse(printed);
}
