import { InputError } from "../errors.js";

/** Bytes per WebAssembly page, the unit in which memories grow. */
export const PAGE = 65536;

/** New memory that threads can share, filled with 0. Sizes are in pages. */
export function sharedMemory(initial: number, maximum = initial): WebAssembly.Memory {
  return allocate(initial, () => new WebAssembly.Memory({ initial, maximum, shared: true }));
}

/** Makes a memory larger. @returns the number of its first new page */
export function grow(memory: WebAssembly.Memory, pages: number): number {
  return allocate(pages, () => memory.grow(pages));
}

/** @throws InputError where the platform cannot give so much memory, which is no defect of the library */
function allocate<T>(pages: number, attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    const size = `${((pages * PAGE) / 2 ** 20).toFixed(1)} MiB`;
    throw new InputError("engine", `${size} of shared WebAssembly memory`, String(error));
  }
}
