import type { KernelContext, Pointer } from "../op.js";
import { type ConvCall, type ConvResult, Ending } from "./call.js";
import { emitRuns, gradientGeometry, gradientMargins, positions } from "./dense.js";
import { type ConvGeometry, isDense } from "./geometry.js";
import { emitPadded, type MapInMemory } from "./padded-map.js";

export function emitDepthwiseForward<A>(
  k: KernelContext<A>,
  call: ConvCall,
  { bias, y, ending }: ConvResult,
): void {
  const { geometry, x } = call;
  const table = emitTaps(k, "runs", call);
  const packed = emitPacking(k, "packed", call, table, false);
  k.call("DepthwiseForward", {
    ...{ x: x.at, packed, bias, y, ...table },
    ...positions(geometry, x),
    ...{ channels: x.channels, ending, slides: slides(geometry) },
  });
}

export function emitDepthwiseWeightGradient<A>(
  k: KernelContext<A>,
  call: ConvCall,
  gy: MapInMemory,
): void {
  const { geometry, x } = call;
  const table = emitTaps(k, "runs", call);
  const sums = k.scratch("sums", packedSize(call, table));
  k.call("DepthwiseWeightGradient", {
    ...{ x: x.at, gy: gy.at, gWeight: k.parameterGradient(0), sums, ...table },
    ...positions(geometry, x),
    ...{ channels: x.channels, kernelStep: kernelStep(call), slides: slides(geometry) },
  });
}

export function emitDepthwiseInputGradient<A>(
  k: KernelContext<A>,
  call: ConvCall,
  gy: MapInMemory,
  gx: Pointer,
): void {
  const margins = gradientMargins(call.geometry);
  const padded = emitPadded(k, "paddedGradient", gy, margins);
  const geometry = gradientGeometry(call.geometry);
  const flipped = { ...call, geometry, x: padded };
  const table = emitTaps(k, "gradientRuns", flipped);
  const packed = emitPacking(k, "flipped", flipped, table, true);
  k.call("DepthwiseForward", {
    ...{ x: padded.at, packed, bias: 0, y: gx, ...table },
    ...positions(geometry, padded),
    ...{ channels: padded.channels, ending: Ending.add, slides: slides(geometry) },
  });
}

interface TapTable {
  readonly taps: Pointer;
  readonly tapCount: number;
}

/** Values of a packed weight: taps, each with all channels. */
function packedSize({ x }: ConvCall, { tapCount }: TapTable): number {
  return Math.ceil(x.channels / 4) * 4 * tapCount;
}

/** 1 where neighbouring positions share most of their taps: rows of three taps, position by position. */
function slides({ columns }: ConvGeometry): number {
  return Number(columns.kernel === 3 && isDense(columns));
}

function emitTaps<A>(k: KernelContext<A>, name: string, call: ConvCall): TapTable {
  const { runs: taps, runCount: tapCount } = emitRuns(k, name, call);
  return { taps, tapCount };
}

function emitPacking<A>(
  k: KernelContext<A>,
  name: string,
  call: ConvCall,
  table: TapTable,
  flips: boolean,
): Pointer {
  const { channels } = call.x;
  const packed = k.scratch(name, packedSize(call, table));
  k.prologue("DepthwisePack", {
    ...{ packed, weight: call.weight, ...table, channels },
    ...{ kernelStep: kernelStep(call), flips: Number(flips) },
  });
  return packed;
}

/** Values of the weight from one channel's kernel to the next one's. */
function kernelStep({ geometry, rowStride }: ConvCall): number {
  return geometry.rows.kernel * rowStride;
}
