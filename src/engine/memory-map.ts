import { Control, PhaseField } from "./control.js";
import { roundUp } from "./parameter-layout.js";

/** Keeps what different threads write on different cache lines. */
const CACHE_LINE = 64;

/**
 * Hands out places of an engine's memory, once and for all, before it is made. The control words come
 * first.
 */
export class MemoryMap {
  #next: number;

  /** @param start where the engine's memory begins */
  constructor(start: number) {
    this.#next = start + roundUp(Control.Words * 4, CACHE_LINE);
  }

  /** Address of the next `bytes`. */
  reserve(bytes: number): number {
    const address = this.#next;
    this.#next += roundUp(bytes, CACHE_LINE);
    return address;
  }

  /** Where what was handed out ends. */
  get end(): number {
    return this.#next;
  }
}

/** Bytes of a set's images that fit the engine's 32-bit addresses. */
export const MEMORY_LIMIT = 2 ** 32;

/** Addresses of what all plans share. */
export interface SharedMemory {
  readonly pixelTable: number;
  readonly parameters: number;
  readonly gradients: number;
  readonly slotLosses: number;
}

export function reserveShared(
  map: MemoryMap,
  parameterBytes: number,
  batchSize: number,
): SharedMemory {
  return {
    pixelTable: map.reserve(256 * 4),
    // Kernels read a bias as whole vectors, so a little past the last one.
    parameters: map.reserve(parameterBytes + CACHE_LINE),
    gradients: map.reserve(parameterBytes),
    slotLosses: map.reserve(batchSize * 4),
  };
}

/** Bytes of a plan's phase table. */
export function phaseTableBytes(phases: number): number {
  return phases * PhaseField.Words * 4;
}
