import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import type { WorkerStart } from "./worker-loop.js";

export interface WorkerHandle {
  readonly ready: Promise<void>;
  /** Resolves when it has ended. */
  terminate(): Promise<unknown>;
}

/** Processor cores that this process may use. */
export function coreCount(): number {
  return availableParallelism();
}

/** What more than one thread would need; undefined, as every thread of Node's may share memory and wait. */
export function missingForThreads(): string | undefined {
  return undefined;
}

export async function compileKernels(build: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await kernelBytes(build));
}

/** Undefined where the platform has no relaxed SIMD. */
export async function compileRelaxed(): Promise<WebAssembly.Module | undefined> {
  const bytes = await kernelBytes("relaxed-fma");
  // Node 20 has relaxed SIMD behind a flag, later ones have it on and no longer know the flag.
  if (!WebAssembly.validate(bytes)) setFlagsFromString("--experimental-wasm-relaxed-simd");
  return WebAssembly.validate(bytes) ? WebAssembly.compile(bytes) : undefined;
}

async function kernelBytes(build: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(new URL(`./kernels.${build}.wasm`, import.meta.url)));
}

export function startWorker(start: WorkerStart): WorkerHandle {
  const file = new URL("./worker.node.js", import.meta.url);
  // Flags of the command line are the caller's: with `--input-type` no worker would start.
  const worker = new Worker(file, { workerData: start, execArgv: [] });
  const ready = new Promise<void>((resolve, reject) => {
    worker.once("message", () => {
      // From here on a forgotten engine must not keep the process alive.
      worker.unref();
      resolve();
    });
    worker.once("error", reject);
  });
  return { ready, terminate: () => worker.terminate() };
}

/** Lets timers, signals and streams have their turn. */
export function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
