import type { KernelContext, Pointer } from "../op.js";
import { mapShape } from "../shapes.js";
import type { ConvCall, Ending } from "./call.js";
import { emitDenseForward, emitDenseInputGradient, emitDenseWeightGradient } from "./dense.js";
import {
  emitDepthwiseForward,
  emitDepthwiseInputGradient,
  emitDepthwiseWeightGradient,
} from "./depthwise.js";
import type { ConvAttributes, ConvGeometry } from "./geometry.js";
import { emitPadded, type MapInMemory, type Margins, paddingMargins } from "./padded-map.js";
import { type ConvStrategy, convStrategy } from "./strategy.js";
import {
  emitWinogradForward,
  emitWinogradInputGradient,
  emitWinogradWeightGradient,
  tiledLength,
} from "./winograd.js";

const forward = {
  dense: emitDenseForward,
  depthwise: emitDepthwiseForward,
  winograd: emitWinogradForward,
} as const;

const weightGradient = {
  dense: emitDenseWeightGradient,
  depthwise: emitDepthwiseWeightGradient,
  winograd: emitWinogradWeightGradient,
} as const;

const inputGradient = {
  dense: emitDenseInputGradient,
  depthwise: emitDepthwiseInputGradient,
  winograd: emitWinogradInputGradient,
} as const;

/**
 * Writes the calls of a convolution.
 *
 * @param bias 0 for none
 */
export function emitConvForward(
  k: KernelContext<ConvAttributes>,
  geometry: ConvGeometry,
  bias: Pointer,
  ending: Ending,
): void {
  const strategy = convStrategy(geometry);
  const x = emitPadded(k, "padded", inputMap(k), marginsOf(geometry, strategy));
  forward[strategy](k, callOf(k, geometry, x), { bias, y: k.output(), ending });
}

/** Writes the calls for the gradients with respect to the weight, the bias where there is one, and the input. */
export function emitConvBackward(
  k: KernelContext<ConvAttributes>,
  geometry: ConvGeometry,
  gBias: Pointer,
): void {
  const strategy = convStrategy(geometry);
  const x = emitPadded(k, "padded", inputMap(k), marginsOf(geometry, strategy));
  const [channels, rows, columns] = mapShape("conv2d", k.shape);
  const gy = { at: k.outputGradient(), rows, columns, channels };
  const call = callOf(k, geometry, x);
  weightGradient[strategy](k, call, gy);
  if (gBias) {
    k.call("AddChannelSums", { x: gy.at, sums: gBias, positions: rows * columns, channels });
  }
  const gx = k.inputGradient(0);
  if (gx) inputGradient[strategy](k, call, gy, gx);
}

function callOf(
  k: KernelContext<ConvAttributes>,
  geometry: ConvGeometry,
  x: MapInMemory,
): ConvCall {
  return { geometry, x, weight: k.parameter(0), rowStride: k.rowStride(0) };
}

function inputMap(k: KernelContext<ConvAttributes>): MapInMemory {
  const [channels, rows, columns] = mapShape("conv2d", k.inputShapes[0]);
  return { at: k.input(0), rows, columns, channels };
}

function marginsOf(geometry: ConvGeometry, strategy: ConvStrategy): Margins {
  return paddingMargins(geometry, strategy === "winograd" ? tiledLength : undefined);
}
