import { InputError } from "../errors.js";
import type { WorkerHandle } from "./platform.node.js";
import type { WorkerStart } from "./worker-loop.js";

/** Number of processor cores that this page may use. */
export function coreCount(): number {
  return navigator.hardwareConcurrency;
}

/** What is missing for more than one thread; undefined where nothing is. */
export function missingForThreads(): string | undefined {
  const missing = [
    ...(crossOriginIsolated ? [] : [ISOLATION]),
    ...(mayWait() ? [] : ["a call from a worker, as this thread of the page may not wait"]),
  ];
  return missing.length === 0 ? undefined : missing.join(", and ");
}

/** Without these headers, shared memory cannot be sent to a worker. */
const ISOLATION =
  "a page with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";

/** Whether this thread may wait: a page's main thread may not, nor may service workers and worklets. */
function mayWait(): boolean {
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  try {
    // Returns at once, as the word is not 1.
    Atomics.wait(new Int32Array(buffer), 0, 1);
    return true;
  } catch {
    return false;
  }
}

/** What the engine needs. */
export const webAssemblyNeeded = "WebAssembly";

/** What helps where a memory is refused: nothing that a page could set. */
export const memoryHint = "";

export async function compileKernels(build: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await kernelBytes(build));
}

/** The kernels with relaxed SIMD; undefined where the browser has none. */
export async function compileRelaxed(): Promise<WebAssembly.Module | undefined> {
  const bytes = await kernelBytes("relaxed-fma");
  return WebAssembly.validate(bytes) ? WebAssembly.compile(bytes) : undefined;
}

async function kernelBytes(build: string): Promise<ArrayBuffer> {
  const urls: Record<string, URL> = {
    "relaxed-fma": new URL("./kernels.relaxed-fma.wasm", import.meta.url),
    "mul-add": new URL("./kernels.mul-add.wasm", import.meta.url),
  };
  const url = urls[build]!;
  const response = await fetch(url);
  const bytes = await response.arrayBuffer();
  if (!response.ok || !isWebAssembly(bytes)) {
    const type = response.headers.get("content-type") ?? "no content type";
    throw notServed(url.href, `HTTP ${response.status}, ${type}`);
  }
  return bytes;
}

/** Servers of single-page applications answer with their page where they have no such file. */
function isWebAssembly(bytes: ArrayBuffer): boolean {
  const start = new Uint8Array(bytes, 0, Math.min(4, bytes.byteLength));
  return String.fromCharCode(...start) === "\0asm";
}

function notServed(file: string, got: string): InputError {
  const expected = `${file} to be served beside fovea's modules (Vite's dev server needs optimizeDeps: { exclude: ["fovea"] })`;
  return new InputError("engine", expected, got);
}

export function startWorker(start: WorkerStart): WorkerHandle {
  const worker = new Worker(new URL("./worker.browser.js", import.meta.url), { type: "module" });
  const ready = new Promise<void>((resolve, reject) => {
    worker.onmessage = () => resolve();
    // A file that is no module makes an event without a message.
    worker.onerror = (event) =>
      reject(notServed("worker.browser.js", event.message || "no worker"));
  });
  worker.postMessage(start);
  return { ready, terminate: async () => worker.terminate() };
}

/** Lets pending messages and timers run. A message: browsers delay timers that follow one another by 4 ms and more. */
export function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
