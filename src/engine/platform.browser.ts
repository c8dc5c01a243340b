import type { WorkerHandle } from "./platform.node.js";
import type { WorkerStart } from "./worker-loop.js";

/** Processor cores that this page may use. */
export function coreCount(): number {
  return navigator.hardwareConcurrency;
}

export async function compileKernels(build: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await kernelBytes(build));
}

/** Undefined where the browser has no relaxed SIMD. */
export async function compileRelaxed(): Promise<WebAssembly.Module | undefined> {
  const bytes = await kernelBytes("relaxed-fma");
  return WebAssembly.validate(bytes) ? WebAssembly.compile(bytes) : undefined;
}

async function kernelBytes(build: string): Promise<ArrayBuffer> {
  const urls: Record<string, URL> = {
    "relaxed-fma": new URL("./kernels.relaxed-fma.wasm", import.meta.url),
    "mul-add": new URL("./kernels.mul-add.wasm", import.meta.url),
  };
  const response = await fetch(urls[build]!);
  return response.arrayBuffer();
}

export function startWorker(start: WorkerStart): WorkerHandle {
  const worker = new Worker(new URL("./worker.browser.js", import.meta.url), { type: "module" });
  const ready = new Promise<void>((resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = (event) => reject(new Error(event.message));
  });
  worker.postMessage(start);
  return { ready, terminate: async () => worker.terminate() };
}

/** Lets messages and timers have their turn. */
export function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
