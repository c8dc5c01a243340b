import { InputError } from "../errors.js";

/** Bytes by which WebAssembly memories grow. */
export const PAGE = 65536;

/** Memory that threads can share, all 0. */
export function sharedMemory(initial: number, maximum = initial): WebAssembly.Memory {
  return allocate(initial, () => new WebAssembly.Memory({ initial, maximum, shared: true }));
}

/** Makes a memory larger. @returns its first new page */
export function grow(memory: WebAssembly.Memory, pages: number): number {
  return allocate(pages, () => memory.grow(pages));
}

/** That there is none to be had, or not that much, is no defect. */
function allocate<T>(pages: number, attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    const size = `${((pages * PAGE) / 2 ** 20).toFixed(1)} MiB`;
    throw new InputError("engine", `${size} of shared WebAssembly memory`, String(error));
  }
}
