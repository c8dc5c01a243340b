import type { Pointer } from "../op.js";
import type { ConvGeometry } from "./geometry.js";
import type { MapInMemory } from "./padded-map.js";

/** What the kernels of a convolution read, whichever they are. */
export interface ConvCall {
  readonly geometry: ConvGeometry;
  /** The map that is convolved, with its padding. */
  readonly x: MapInMemory;
  readonly weight: Pointer;
  readonly rowStride: number;
}

/** What happens to results as they are stored. Numbers of kernels/ending.ts. */
export const Ending = {
  /** They replace what is there. */
  store: 0,
  /** They are added to what is there. */
  add: 1,
  /** ReLU of them replaces what is there. */
  relu: 2,
} as const;

export type Ending = (typeof Ending)[keyof typeof Ending];

/** Where a result goes, and what it begins and ends with. */
export interface ConvResult {
  /** 0 for none. */
  readonly bias: Pointer;
  readonly y: Pointer;
  readonly ending: Ending;
}
