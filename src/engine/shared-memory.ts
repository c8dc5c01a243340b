import { memoryHint, webAssemblyNeeded } from "#engine-platform";
import { InputError } from "../errors.js";

/** Bytes per WebAssembly page, the unit in which memories grow. */
export const PAGE = 65536;

/** What 32-bit addresses reach: 4 GiB. */
const MOST_PAGES = 65536;

/** Memories that were given back, as long as nothing else made the collector take them. */
let idle: WeakRef<WebAssembly.Memory>[] = [];

/**
 * Memory that threads can share, all 0. Takes one that was given back, and makes it larger where it must: a
 * collector does not know how much memory hides behind such an object, so that new ones would pile up.
 */
export function sharedMemory(pages: number): WebAssembly.Memory {
  const reused = takeIdle(pages);
  if (reused === undefined) return newMemory(pages);
  new Uint8Array(reused.buffer).fill(0);
  return reused;
}

/** Gives a memory back, for the next engine. Nobody may use it any more. */
export function giveBack(memory: WebAssembly.Memory): void {
  idle.push(new WeakRef(memory));
}

/** The smallest that is large enough, or else the largest, made larger. */
function takeIdle(pages: number): WebAssembly.Memory | undefined {
  const memories = idle
    .flatMap((reference) => reference.deref() ?? [])
    .sort((a, b) => pagesOf(a) - pagesOf(b));
  const chosen = memories.find((memory) => pagesOf(memory) >= pages) ?? memories.at(-1);
  idle = memories.filter((memory) => memory !== chosen).map((memory) => new WeakRef(memory));
  if (chosen === undefined) return undefined;
  const missing = pages - pagesOf(chosen);
  return missing <= 0 || growsBy(chosen, missing) ? chosen : undefined;
}

function pagesOf({ buffer }: WebAssembly.Memory): number {
  return buffer.byteLength / PAGE;
}

function growsBy(memory: WebAssembly.Memory, pages: number): boolean {
  try {
    memory.grow(pages);
    return true;
  } catch {
    return false;
  }
}

/** With room to grow, where the platform lets so much address space be reserved; else as large as needed. */
function newMemory(initial: number): WebAssembly.Memory {
  const roomy = Math.min(MOST_PAGES, Math.max(4 * initial, 4096));
  return allocate(initial, () => reserved(initial, roomy) ?? memoryOf(initial, initial));
}

/**
 * A memory with address space for `maximum` pages, where as much again is left: a process without any ends as soon as
 * its heap has to grow.
 */
function reserved(initial: number, maximum: number): WebAssembly.Memory | undefined {
  try {
    memoryOf(0, maximum);
    return memoryOf(initial, maximum);
  } catch {
    return undefined;
  }
}

function memoryOf(initial: number, maximum: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial, maximum, shared: true });
}

/**
 * Memory that grows as data are loaded into it. Reserves address space for as much as addresses reach, or the most
 * that the platform allows.
 */
export function growingMemory(initial: number): WebAssembly.Memory {
  return allocate(initial, () => {
    for (let maximum = MOST_PAGES; maximum > 4096; maximum /= 2) {
      const memory = reserved(initial, maximum);
      if (memory !== undefined) return memory;
    }
    return memoryOf(initial, 4096);
  });
}

/** Makes a memory larger. @returns the number of its first new page */
export function grow(memory: WebAssembly.Memory, pages: number): number {
  return allocate(pages, () => memory.grow(pages));
}

/** @throws InputError where the platform has none */
export function checkWebAssembly(): void {
  if (typeof WebAssembly !== "undefined") return;
  throw new InputError("engine", webAssemblyNeeded, "none");
}

/** @throws InputError where the platform cannot give so much memory, which is no defect of the library */
function allocate<T>(pages: number, attempt: () => T): T {
  checkWebAssembly();
  try {
    return attempt();
  } catch (error) {
    const size = `${((pages * PAGE) / 2 ** 20).toFixed(1)} MiB`;
    const expected = `${size} of shared WebAssembly memory${memoryHint}`;
    throw new InputError("engine", expected, String(error));
  }
}
