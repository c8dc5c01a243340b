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

/** Where a result goes, and what it begins with. */
export interface ConvResult {
  /** 0 for none. */
  readonly bias: Pointer;
  readonly y: Pointer;
  /** Whether the sums are added to what `y` holds. */
  readonly adds: boolean;
}
