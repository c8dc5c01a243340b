import { Control, PhaseField } from "./control.js";
import { roundUp } from "./parameter-layout.js";

/** Alignment, so that different threads write to different cache lines. */
const CACHE_LINE = 64;

/** Reserves the parts of an engine's memory before the memory is made. The control words come first. */
export class MemoryMap {
  #next: number;

  /** @param start where the engine's memory begins */
  constructor(start: number) {
    this.#next = start + roundUp(Control.Words * 4, CACHE_LINE);
  }

  /** Reserves `bytes`, and returns their address. */
  reserve(bytes: number): number {
    const address = this.#next;
    this.#next += roundUp(bytes, CACHE_LINE);
    return address;
  }

  /** End address of what is reserved so far. */
  get end(): number {
    return this.#next;
  }
}

/** Bytes that 32-bit addresses can reach. */
export const MEMORY_LIMIT = 2 ** 32;

/** Addresses of the memory that all plans share. */
export interface SharedMemory {
  readonly pixelTable: number;
  readonly parameters: number;
  readonly gradients: number;
  readonly slotLosses: number;
}

export function reserveShared(
  map: MemoryMap,
  parameterBytes: number,
  gradientBytes: number,
  batchSize: number,
  pixelTables: number,
): SharedMemory {
  return {
    pixelTable: map.reserve(pixelTables * 256 * 4),
    // Kernels read biases as whole vectors, and so a little past the last bias.
    parameters: map.reserve(parameterBytes + CACHE_LINE),
    gradients: map.reserve(gradientBytes),
    slotLosses: map.reserve(batchSize * 4),
  };
}

/** Bytes of a plan's phase table. */
export function phaseTableBytes(phases: number): number {
  return phases * PhaseField.Words * 4;
}
