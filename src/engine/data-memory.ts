import { checkWhole } from "../arguments.js";
import { CONTROL_ADDRESS } from "./control.js";
import { roundUp } from "./parameter-layout.js";
import { grow, growingMemory, PAGE } from "./shared-memory.js";

/** Words of an entry in the table of parts: its first page, its pages, 1 while an engine has it. */
enum Part {
  Page = 0,
  Pages = 1,
  Used = 2,
  Words = 3,
}

/** Pages of an engine's own in a data memory. */
export interface MemoryPart {
  readonly memory: WebAssembly.Memory;
  /** Where it begins, in bytes. */
  readonly address: number;
  /** Gives it back, for the next engine. */
  release(): void;
}

/** What memory bytes lie in; by the buffer that they are a view of. */
const memories = new WeakMap<ArrayBufferLike, WebAssembly.Memory>();

/**
 * Memory in which images and labels lie once: engines read them in place, whichever thread they are
 * on, and have a part of it each for everything else.
 *
 * The page at `CONTROL_ADDRESS` is a table of these parts: how many there are, then their entries.
 */
export class DataMemory {
  readonly #memory = growingMemory(CONTROL_ADDRESS / PAGE + 1);

  /** New bytes in this memory, all 0. */
  readonly allocate = (length: number): Uint8Array => {
    checkWhole("DataMemory.allocate", "length", length, 0);
    const address = grow(this.#memory, Math.ceil(length / PAGE)) * PAGE;
    return bytesIn(this.#memory, address, length);
  };
}

/** A view of a data memory, for this thread's engines to find. */
export function bytesIn(memory: WebAssembly.Memory, address: number, length: number): Uint8Array {
  memories.set(memory.buffer, memory);
  return new Uint8Array(memory.buffer, address, length);
}

/** The data memory that all of these lie in, if there is one. */
export function memoryOf(arrays: readonly Uint8Array[]): WebAssembly.Memory | undefined {
  const [first, ...others] = arrays.map(({ buffer }) => memories.get(buffer));
  return others.every((memory) => memory === first) ? first : undefined;
}

/** A part of a data memory, all 0: one that an engine gave back, or a new one. */
export function takePart(memory: WebAssembly.Memory, bytes: number): MemoryPart {
  const pages = roundUp(bytes, PAGE) / PAGE;
  const entry = findPart(memory, pages) ?? addPart(memory, pages);
  const address = entry[Part.Page]! * PAGE;
  new Uint8Array(memory.buffer, address, entry[Part.Pages]! * PAGE).fill(0);
  return { memory, address, release: () => void Atomics.store(entry, Part.Used, 0) };
}

function findPart(memory: WebAssembly.Memory, pages: number): Int32Array | undefined {
  const parts = Atomics.load(new Int32Array(memory.buffer, CONTROL_ADDRESS, 1), 0);
  for (let part = 0; part < parts; part++) {
    const entry = entryOf(memory, part);
    const fits = Atomics.load(entry, Part.Pages) >= pages;
    if (fits && Atomics.compareExchange(entry, Part.Used, 0, 1) === 0) return entry;
  }
  return undefined;
}

function addPart(memory: WebAssembly.Memory, pages: number): Int32Array {
  const page = grow(memory, pages);
  const part = Atomics.add(new Int32Array(memory.buffer, CONTROL_ADDRESS, 1), 0, 1);
  const entry = entryOf(memory, part);
  Atomics.store(entry, Part.Page, page);
  Atomics.store(entry, Part.Used, 1);
  // Last, as nobody takes a part without pages.
  Atomics.store(entry, Part.Pages, pages);
  return entry;
}

function entryOf(memory: WebAssembly.Memory, part: number): Int32Array {
  const address = CONTROL_ADDRESS + 64 + part * Part.Words * 4;
  return new Int32Array(memory.buffer, address, Part.Words);
}
