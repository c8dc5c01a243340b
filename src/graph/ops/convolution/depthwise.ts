import type { KernelContext, Pointer } from "../op.js";
import { type ConvCall, type ConvResult, Ending } from "./call.js";
import { emitGradientParts } from "./input-gradient.js";
import type { MapInMemory } from "./padded-map.js";
import { emitRuns, type Positions, placesOf, positionsOf, type TapGrid, tapsOf } from "./taps.js";

const BYTES = 4;

export function emitDepthwiseForward<A>(
  k: KernelContext<A>,
  call: ConvCall,
  { bias, y, ending }: ConvResult,
): void {
  const { geometry, x } = call;
  const taps = tapsOf(call);
  const table = emitTaps(k, "runs", taps);
  const packed = emitPacking(k, "packed", call, table);
  const positions = positionsOf(geometry, x);
  k.call("DepthwiseForward", {
    ...{ x: x.at, packed, bias, y, ...table },
    ...{ ...positions, ...placesOf(geometry) },
    ...{ channels: x.channels, ending, slides: slides(taps, positions) },
  });
}

export function emitDepthwiseWeightGradient<A>(
  k: KernelContext<A>,
  call: ConvCall,
  gy: MapInMemory,
): void {
  const { geometry, x } = call;
  const taps = tapsOf(call);
  const table = emitTaps(k, "runs", taps);
  const sums = k.scratch("sums", packedSize(call, table));
  const positions = positionsOf(geometry, x);
  k.call("DepthwiseWeightGradient", {
    ...{ x: x.at, gy: gy.at, gWeight: k.parameterGradient(0), sums, ...table },
    ...{ ...positions, channels: x.channels, kernelStep: kernelStep(call) },
    slides: slides(taps, positions),
  });
}

/** Writes the calls of `gx += …`: for each part a convolution of the result's padded gradient. */
export function emitDepthwiseInputGradient<A>(
  k: KernelContext<A>,
  call: ConvCall,
  gy: MapInMemory,
  gx: Pointer,
): void {
  const { x, parts } = emitGradientParts(k, call, gy);
  for (const { name, taps, positions, places } of parts) {
    const table = emitTaps(k, `gradientRuns ${name}`, taps);
    const packed = emitPacking(k, `flipped ${name}`, call, table);
    k.call("DepthwiseForward", {
      ...{ x: x.at, packed, bias: 0, y: gx, ...table },
      ...{ ...positions, ...places },
      ...{ channels: x.channels, ending: Ending.add, slides: slides(taps, positions) },
    });
  }
}

interface TapTable {
  readonly taps: Pointer;
  readonly tapCount: number;
}

/** Values of a packed weight: taps, each with all channels. */
function packedSize({ x }: ConvCall, { tapCount }: TapTable): number {
  return Math.ceil(x.channels / 4) * 4 * tapCount;
}

/** 1 where neighbouring positions share most of their taps: rows of three taps, as far apart as the positions. */
function slides({ columns, map }: TapGrid, { columnStep }: Positions): number {
  return Number(columns === 3 && map.columnStep * BYTES === columnStep);
}

function emitTaps<A>(k: KernelContext<A>, name: string, grid: TapGrid): TapTable {
  const { runs: taps, runCount: tapCount } = emitRuns(k, name, grid);
  return { taps, tapCount };
}

function emitPacking<A>(
  k: KernelContext<A>,
  name: string,
  call: ConvCall,
  table: TapTable,
): Pointer {
  const { channels } = call.x;
  const packed = k.scratch(name, packedSize(call, table));
  const words = { packed, weight: call.weight, ...table, channels };
  k.prologue("DepthwisePack", { ...words, kernelStep: kernelStep(call) });
  return packed;
}

/** Values of the weight from one channel's kernel to the next one's. */
function kernelStep({ geometry, rowStride }: ConvCall): number {
  return geometry.rows.kernel * rowStride;
}
