import type { KernelContext, Pointer } from "../op.js";
import type { ConvCall, ConvResult } from "./call.js";
import { emitRuns, gradientGeometry, gradientMargins, positions } from "./dense.js";
import { emitPadded, type MapInMemory } from "./padded-map.js";

export function emitDepthwiseForward<A>(
  k: KernelContext<A>,
  call: ConvCall,
  { bias, y, adds }: ConvResult,
): void {
  const { geometry, x } = call;
  const table = emitTaps(k, "runs", call);
  const packed = emitPacking(k, "packed", call, table, false);
  k.call("DepthwiseForward", {
    ...{ x: x.at, packed, bias, y, ...table },
    ...positions(geometry, x),
    ...{ channels: x.channels, adds: Number(adds) },
  });
}

export function emitDepthwiseWeightGradient<A>(
  k: KernelContext<A>,
  call: ConvCall,
  gy: MapInMemory,
): void {
  const { geometry, x } = call;
  k.call("DepthwiseWeightGradient", {
    ...{ x: x.at, gy: gy.at, gWeight: k.parameterGradient(0), ...emitTaps(k, "runs", call) },
    ...positions(geometry, x),
    ...{ channels: x.channels, kernelStep: kernelStep(call) },
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
    ...{ channels: padded.channels, adds: 1 },
  });
}

function emitTaps<A>(k: KernelContext<A>, name: string, call: ConvCall) {
  const { runs: taps, runCount: tapCount } = emitRuns(k, name, call);
  return { taps, tapCount };
}

function emitPacking<A>(
  k: KernelContext<A>,
  name: string,
  call: ConvCall,
  table: { readonly taps: Pointer; readonly tapCount: number },
  flips: boolean,
): Pointer {
  const { channels } = call.x;
  const packed = k.scratch(name, Math.ceil(channels / 4) * 4 * table.tapCount);
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
