import type { KernelContext, Pointer } from "../op.js";
import { type ConvCall, type ConvResult, Ending } from "./call.js";
import { emitGradientParts, type GradientPart } from "./input-gradient.js";
import type { MapInMemory } from "./padded-map.js";
import { emitRuns, placesOf, positionsOf, tapsOf } from "./taps.js";

const BYTES = 4;

/** Values of a packed weight: channels in blocks of 8, the last block of 4 or 8. */
export function packedConvSize(outChannels: number, taps: number): number {
  return Math.ceil(outChannels / 4) * 4 * taps;
}

/** Writes the calls of `y = bias + conv(x)`, group by group. */
export function emitDenseForward<A>(k: KernelContext<A>, call: ConvCall, result: ConvResult): void {
  const { geometry, x, weight, rowStride } = call;
  const { rows, columns, inChannels, outChannels, groups } = geometry;
  const [groupIn, groupOut] = [inChannels / groups, outChannels / groups];
  const taps = rows.kernel * columns.kernel * groupIn;
  const size = packedConvSize(groupOut, taps);
  const packed = k.scratch("packed", groups * size);
  const kernelBytes = rows.kernel * rowStride * BYTES;
  const runs = emitRuns(k, "runs", tapsOf(call));
  for (let group = 0; group < groups; group++) {
    const groupPacked = packed + group * size * BYTES;
    k.prologue("ConvPack", {
      packed: groupPacked,
      weight: weight + group * groupOut * kernelBytes,
      live: 0,
      outChannels: groupOut,
      kernel: rows.kernel,
      rowLength: columns.kernel * groupIn,
      rowStride,
    });
    k.call("DenseConvForward", {
      ...{ x: x.at, packed: groupPacked, bias: result.bias, y: result.y, ...runs },
      ...{ ...positionsOf(geometry, x), ...placesOf(geometry), ending: result.ending },
      ...{ inChannel: group * groupIn, outChannel: group * groupOut, outChannels: groupOut },
    });
  }
}

/** Writes the calls of `gw += …`, group by group. */
export function emitDenseWeightGradient<A>(
  k: KernelContext<A>,
  call: ConvCall,
  gy: MapInMemory,
): void {
  const { geometry, x, rowStride } = call;
  const { rows, inChannels, outChannels, groups } = geometry;
  const [groupIn, groupOut] = [inChannels / groups, outChannels / groups];
  const kernelStep = rows.kernel * rowStride;
  const runs = emitRuns(k, "runs", tapsOf(call));
  for (let group = 0; group < groups; group++) {
    k.call("DenseConvWeightGradient", {
      ...{ x: x.at, gy: gy.at, ...runs },
      gWeight: k.parameterGradient(0) + group * groupOut * kernelStep * BYTES,
      ...positionsOf(geometry, x),
      ...{ inChannel: group * groupIn, outChannel: group * groupOut, outChannels: groupOut },
      ...{ pixel: outChannels, kernelStep },
    });
  }
}

/** Writes the calls of `gx += …`: for each part a convolution of the result's padded gradient, group by group. */
export function emitDenseInputGradient<A>(
  k: KernelContext<A>,
  call: ConvCall,
  gy: MapInMemory,
  gx: Pointer,
): void {
  const { x, parts } = emitGradientParts(k, call, gy);
  for (const part of parts) emitDensePart(k, call, part, x, gx);
}

function emitDensePart<A>(
  k: KernelContext<A>,
  { geometry, weight, rowStride }: ConvCall,
  { name, taps, positions, places }: GradientPart,
  x: MapInMemory,
  gx: Pointer,
): void {
  const { rows, inChannels, outChannels, groups } = geometry;
  const [groupIn, groupOut] = [inChannels / groups, outChannels / groups];
  const size = packedConvSize(groupIn, taps.rows * taps.columns * groupOut);
  const packed = k.scratch(`flipped ${name}`, groups * size);
  const kernelStep = rows.kernel * rowStride;
  const runs = emitRuns(k, `gradientRuns ${name}`, taps);
  for (let group = 0; group < groups; group++) {
    const groupPacked = packed + group * size * BYTES;
    k.prologue("ConvPackFlipped", {
      packed: groupPacked,
      weight: weight + group * groupOut * kernelStep * BYTES,
      ...{ inChannels: groupIn, outChannels: groupOut, rows: taps.rows, columns: taps.columns },
      ...{ ...taps.weight, kernelStep },
    });
    k.call("DenseConvForward", {
      ...{ x: x.at, packed: groupPacked, bias: 0, y: gx, ...runs },
      ...{ ...positions, ...places, ending: Ending.add },
      ...{ inChannel: group * groupOut, outChannel: group * groupIn, outChannels: groupIn },
    });
  }
}
