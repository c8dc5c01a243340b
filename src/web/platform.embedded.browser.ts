// What the engine needs of its platform, on a page that has the kernels within it and runs one thread. The page's
// bundle takes this in place of src/engine/platform.browser.ts.

import type { WorkerHandle } from "../engine/platform.node.js";
import { InputError } from "../errors.js";
import { embeddedBytes } from "./embedded.browser.js";
import { dataElements } from "./page-content.js";

export { memoryHint, webAssemblyNeeded, yieldToEvents } from "../engine/platform.browser.js";

/** One thread computes. */
export function coreCount(): number {
  return 1;
}

/** More threads need files of their own, which a page without a server cannot load. */
export function missingForThreads(): string {
  return "files beside the page";
}

/** The page has the build that every browser with SIMD runs. */
export async function compileKernels(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await embeddedBytes(dataElements.kernels));
}

/** The page has no kernels with relaxed SIMD. */
export async function compileRelaxed(): Promise<undefined> {
  return undefined;
}

/** There is never a second thread. */
export function startWorker(): WorkerHandle {
  throw new InputError("engine", "threads to be 1 on this page", "more");
}
