import { coordWeights } from "../../graph/ops/convolution/coordinates.js";
import type { ConvGeometry } from "../../graph/ops/convolution/geometry.js";
import type { KernelContext, Pointer } from "../../graph/ops/op.js";
import { roundUp } from "../parameter-layout.js";

// What coordinates add to a convolution without padding is a value R of its row plus a value C of its column, both the
// same for every image of a step:
//
//   y[o, r, c] = conv2d(x) + R[o, r] + C[o, c],
//   R[o, r] = Σ_u x'[in, r + u, ·] · Σ_v w[o, in, u, v], C[o, c] = Σ_v x'[in + 1, ·, c + v] · Σ_u w[o, in + 1, u, v]

/** Values of an output channel's table: R of each row, then C of each column. */
export function coordTableLength({ rows, columns }: ConvGeometry): number {
  return rows.output + columns.output;
}

/** Values from one channel's table to the next channel's. */
export function coordTableStride(geometry: ConvGeometry): number {
  return roundUp(coordTableLength(geometry), 4);
}

/** Lets each thread compute the tables of all output channels once per step. */
export function emitCoordTable<A>(k: KernelContext<A>, geometry: ConvGeometry): Pointer {
  const { rows, columns, outChannels } = geometry;
  const table = k.scratch("table", outChannels * coordTableStride(geometry));
  const weight = coordWeights(k, k.parameter(0), geometry);
  const sizes = { inRows: rows.input, inColumns: columns.input, outChannels, kernel: rows.kernel };
  k.prologue("CoordTable", { table, weight, ...sizes });
  return table;
}
