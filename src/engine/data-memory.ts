import { checkWhole } from "../arguments.js";
import { CONTROL_ADDRESS } from "./control.js";
import { roundUp } from "./parameter-layout.js";
import { grow, growingMemory, PAGE } from "./shared-memory.js";

/** Words of an entry in the table of parts: first page, number of pages, 1 while an engine uses it. */
enum Part {
  Page = 0,
  Pages = 1,
  Used = 2,
  Words = 3,
}

/** Pages in a data memory that one engine uses. */
export interface MemoryPart {
  readonly memory: WebAssembly.Memory;
  /** Address of its first byte. */
  readonly address: number;
  /** Frees it for the next engine. */
  release(): void;
}

/** The memory of each buffer: views know their buffer, but not its memory. */
const memories = new WeakMap<ArrayBufferLike, WebAssembly.Memory>();

/**
 * Memory that holds images and labels once, for any number of engines on any threads. Engines read them in place, and
 * each has a part of this memory for everything else.
 *
 * The page at `CONTROL_ADDRESS` has a table of these parts: their number, then their entries.
 *
 * @example
 * const { allocate } = new DataMemory();
 * const { data } = await loadData("./pictures", { size: [16, 16], allocate }); // many runs read it in place
 */
export class DataMemory {
  readonly #memory = growingMemory(CONTROL_ADDRESS / PAGE + 1);

  /** New bytes in this memory, filled with 0. */
  readonly allocate = (length: number): Uint8Array => {
    checkWhole("DataMemory.allocate", "length", length, 0);
    const address = grow(this.#memory, Math.ceil(length / PAGE)) * PAGE;
    return bytesIn(this.#memory, address, length);
  };
}

/** A view of a data memory, whose memory engines on this thread can find. */
export function bytesIn(memory: WebAssembly.Memory, address: number, length: number): Uint8Array {
  memories.set(memory.buffer, memory);
  return new Uint8Array(memory.buffer, address, length);
}

/** The data memory that all of these arrays lie in; undefined if they lie in none, or in several. */
export function memoryOf(arrays: readonly Uint8Array[]): WebAssembly.Memory | undefined {
  const [first, ...others] = arrays.map(({ buffer }) => memories.get(buffer));
  return others.every((memory) => memory === first) ? first : undefined;
}

/** A part of a data memory, filled with 0: one that another engine has released, or a new one. */
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
  // Written last: no other thread takes a part that has no pages yet.
  Atomics.store(entry, Part.Pages, pages);
  return entry;
}

function entryOf(memory: WebAssembly.Memory, part: number): Int32Array {
  const address = CONTROL_ADDRESS + 64 + part * Part.Words * 4;
  return new Int32Array(memory.buffer, address, Part.Words);
}
