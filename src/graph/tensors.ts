import type { Shape } from "./graph.js";

/** A float32 tensor outside the engine, row-major in PyTorch's layout. */
export interface Tensor32 {
  readonly shape: Shape;
  readonly values: Float32Array;
}

/** Parameters by their PyTorch `state_dict` name. */
export type NamedTensors = ReadonlyMap<string, Tensor32>;
