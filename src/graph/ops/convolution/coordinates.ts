import type { KernelContext, Pointer } from "../op.js";
import { type ConvCall, Ending } from "./call.js";
import { packedConvSize } from "./dense.js";
import { type ConvAttributes, type ConvGeometry, paddedLength } from "./geometry.js";
import type { MapInMemory } from "./padded-map.js";
import { emitRuns, placesOf, positionsOf, tapsOf } from "./taps.js";

/** Number of appended channels: row and column. */
export const coordinateChannels = 2;
const BYTES = 4;

/** Lets each thread write the padded map of the coordinates once per step. */
export function emitCoordMap<A>(k: KernelContext<A>, geometry: ConvGeometry): MapInMemory {
  const { rows, columns } = geometry;
  const [toRows, toColumns] = [paddedLength(rows), paddedLength(columns)];
  const size = coordinateChannels * toRows * toColumns;
  const at = k.scratch("coordinates", size);
  k.prologue("CoordMap", {
    to: at,
    ...{ rows: rows.input, columns: columns.input, toRows, toColumns },
    ...{ top: rows.before, left: columns.before },
  });
  return { at, rows: toRows, columns: toColumns, channels: coordinateChannels };
}

/** Lets each thread compute once per step what the coordinates and the bias add to each position of the result. */
export function emitCoordTable(
  k: KernelContext<ConvAttributes>,
  geometry: ConvGeometry,
  bias: Pointer,
): Pointer {
  const { rows, columns, outChannels } = geometry;
  const call = coordCall(k, geometry, emitCoordMap(k, geometry));
  const runs = emitRuns(k, "coordRuns", tapsOf(call));
  const taps = coordinateChannels * rows.kernel * columns.kernel;
  const packed = k.scratch("packedCoordinates", packedConvSize(outChannels, taps));
  const table = k.scratch("table", outChannels * rows.output * columns.output);
  k.prologue("CoordPack", {
    packed,
    weight: coordWeights(k, k.parameter(0), geometry),
    ...{ outChannels, taps: rows.kernel * columns.kernel },
  });
  k.prologue("DenseConvForward", {
    ...{ x: call.x.at, packed, bias, y: table, ...runs },
    ...{ ...positionsOf(geometry, call.x), ...placesOf(geometry), ending: Ending.store },
    ...{ inChannel: 0, outChannel: 0, outChannels },
  });
  return table;
}

/** Writes the calls of the gradient with respect to the coordinates' weights: sums over images, put in place at the end. */
export function emitCoordWeightGradient(
  k: KernelContext<ConvAttributes>,
  geometry: ConvGeometry,
  x: MapInMemory,
): void {
  const { rows, columns, outChannels } = geometry;
  const call = coordCall(k, geometry, x);
  const taps = rows.kernel * columns.kernel;
  const sums = k.summed("coordinates", coordinateChannels * taps * outChannels);
  k.call("DenseConvWeightGradient", {
    ...{
      x: x.at,
      gy: k.outputGradient(),
      gWeight: sums,
      ...emitRuns(k, "coordRuns", tapsOf(call)),
    },
    ...positionsOf(geometry, x),
    ...{ inChannel: 0, outChannel: 0, outChannels, pixel: outChannels },
    kernelStep: coordinateChannels * taps,
  });
  const gWeight = coordWeights(k, k.parameterGradient(0), geometry);
  k.epilogue("CoordWeightGradientEnd", { sums, gWeight, outChannels, taps });
}

/** The convolution of the coordinates alone, whose weights and gradients lie as [out][tap][coordinate]. */
function coordCall<A>(k: KernelContext<A>, geometry: ConvGeometry, x: MapInMemory): ConvCall {
  return {
    geometry: { ...geometry, inChannels: coordinateChannels },
    x,
    weight: k.parameter(0),
    rowStride: coordinateChannels * geometry.columns.kernel,
  };
}

/** The coordinates' part of the weight, or of its gradient: `[out, 2, rows, columns]`, after the map's own channels. */
export function coordWeights<A>(
  k: KernelContext<A>,
  weight: Pointer,
  { rows, outChannels }: ConvGeometry,
): Pointer {
  return weight + outChannels * rows.kernel * k.rowStride(0) * BYTES;
}
