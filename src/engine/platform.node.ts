import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { InputError } from "../errors.js";
import type { WorkerStart } from "./worker-loop.js";

export interface WorkerHandle {
  readonly ready: Promise<void>;
  /** Ends the worker; resolves when it has ended. */
  terminate(): Promise<unknown>;
}

/** Number of processor cores that this process may use. */
export function coreCount(): number {
  return availableParallelism();
}

/** What is missing for more than one thread: nothing, as every thread in Node can share memory and wait. */
export function missingForThreads(): string | undefined {
  return undefined;
}

/** What the engine needs, and what takes it away. */
export const webAssemblyNeeded = "WebAssembly, which --jitless switches off";

/** What helps where a memory is refused: V8 reserves 10 GiB of addresses for each, unless told not to. */
export const memoryHint =
  " (where addresses are limited, as by ulimit -v, NODE_OPTIONS=--disable-wasm-trap-handler needs fewer)";

export async function compileKernels(build: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await kernelBytes(build));
}

/** The kernels with relaxed SIMD; undefined where the platform has none. */
export async function compileRelaxed(): Promise<WebAssembly.Module | undefined> {
  const bytes = await kernelBytes("relaxed-fma");
  // Node 20 has relaxed SIMD behind a flag. Later versions have it on, and do not know the flag.
  if (!WebAssembly.validate(bytes)) setFlagsFromString("--experimental-wasm-relaxed-simd");
  return WebAssembly.validate(bytes) ? WebAssembly.compile(bytes) : undefined;
}

async function kernelBytes(build: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(new URL(`./kernels.${build}.wasm`, import.meta.url)));
}

export function startWorker(start: WorkerStart): WorkerHandle {
  const file = new URL("./worker.node.js", import.meta.url);
  const worker = newWorker(file, start);
  const ready = new Promise<void>((resolve, reject) => {
    worker.once("message", () => {
      // An engine that was never closed must not keep the process alive.
      worker.unref();
      resolve();
    });
    worker.once("error", reject);
  });
  return { ready, terminate: () => worker.terminate() };
}

function newWorker(file: URL, workerData: WorkerStart): Worker {
  try {
    // Without the caller's command line flags: with `--input-type`, for example, no worker would start.
    return new Worker(file, { workerData, execArgv: [] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_ACCESS_DENIED") throw error;
    const expected = "a Node that may start threads (--allow-worker), or threads to be 1";
    throw new InputError("engine", expected, "one that may not");
  }
}

/** Lets pending timers, signals and streams run. */
export function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
