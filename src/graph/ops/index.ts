import type { Node } from "../graph.js";
import { addOp } from "./add.js";
import { affineGridOp } from "./affine-grid.js";
import { avgPool2dOp } from "./avg-pool2d.js";
import { batchAttentionOp } from "./batch-attention.js";
import { batchNorm1dOp, batchNorm2dOp } from "./batch-norm.js";
import { channelMaxOp } from "./channel-max.js";
import { channelMeanOp } from "./channel-mean.js";
import { concatOp } from "./concat.js";
import { conv2dOp } from "./conv2d.js";
import { coordConv2dOp } from "./coord-conv2d.js";
import { distancePenaltyOp } from "./distance-penalty.js";
import { divOp } from "./div.js";
import { dropPathOp } from "./drop-path.js";
import { dropoutOp } from "./dropout.js";
import { dropout2dOp } from "./dropout2d.js";
import { eluOp } from "./elu.js";
import { flattenOp } from "./flatten.js";
import { geluOp } from "./gelu.js";
import { globalAvgPool2dOp } from "./global-avg-pool2d.js";
import { globalMaxPool2dOp } from "./global-max-pool2d.js";
import { gridSampleOp } from "./grid-sample.js";
import { groupNormOp } from "./group-norm.js";
import { inputOp } from "./input.js";
import { interpolateOp } from "./interpolate.js";
import { layerNormOp } from "./layer-norm.js";
import { leakyReluOp } from "./leaky-relu.js";
import { linearOp } from "./linear.js";
import { logSoftmaxOp } from "./log-softmax.js";
import { matmulOp } from "./matmul.js";
import { maxPool2dOp } from "./max-pool2d.js";
import { mseOp } from "./mse.js";
import { mulOp } from "./mul.js";
import { nllOp } from "./nll.js";
import type { OpDefinition } from "./op.js";
import { parameterOp } from "./parameter.js";
import { projectiveGridOp } from "./projective-grid.js";
import { reluOp } from "./relu.js";
import { reshapeOp } from "./reshape.js";
import { scaledDotProductAttentionOp } from "./scaled-dot-product-attention.js";
import { sigmoidOp } from "./sigmoid.js";
import { siluOp } from "./silu.js";
import { sliceOp } from "./slice.js";
import { softmaxOp } from "./softmax.js";
import { subOp } from "./sub.js";
import { tanhOp } from "./tanh.js";
import { thinPlateSplineGridOp } from "./thin-plate-spline-grid.js";
import { transposeOp } from "./transpose.js";
import { windowAttentionOp } from "./window-attention.js";

export { add } from "./add.js";
export { affineGrid } from "./affine-grid.js";
export { avgPool2d } from "./avg-pool2d.js";
export { batchAttention } from "./batch-attention.js";
export { batchNorm1d, batchNorm2d } from "./batch-norm.js";
export { channelMax } from "./channel-max.js";
export { channelMean } from "./channel-mean.js";
export { concat } from "./concat.js";
export { conv2d } from "./conv2d.js";
export { coordConv2d } from "./coord-conv2d.js";
export { distancePenalty } from "./distance-penalty.js";
export { div } from "./div.js";
export { dropPath } from "./drop-path.js";
export { dropout } from "./dropout.js";
export { dropout2d } from "./dropout2d.js";
export { elu } from "./elu.js";
export { flatten } from "./flatten.js";
export { gelu } from "./gelu.js";
export { globalAvgPool2d } from "./global-avg-pool2d.js";
export { globalMaxPool2d } from "./global-max-pool2d.js";
export { gridSample } from "./grid-sample.js";
export { groupNorm } from "./group-norm.js";
export { interpolate } from "./interpolate.js";
export { layerNorm } from "./layer-norm.js";
export { leakyRelu } from "./leaky-relu.js";
export { linear, packedLinear } from "./linear.js";
export { logSoftmax } from "./log-softmax.js";
export { matmul } from "./matmul.js";
export { maxPool2d } from "./max-pool2d.js";
export { mse } from "./mse.js";
export { mul } from "./mul.js";
export { nll } from "./nll.js";
export { parameter } from "./parameter.js";
export { projectiveGrid } from "./projective-grid.js";
export { relu } from "./relu.js";
export { reshape } from "./reshape.js";
export { scaledDotProductAttention } from "./scaled-dot-product-attention.js";
export { sigmoid } from "./sigmoid.js";
export { silu } from "./silu.js";
export { slice } from "./slice.js";
export { softmax } from "./softmax.js";
export { sub } from "./sub.js";
export { tanh } from "./tanh.js";
export { thinPlateSplineGrid } from "./thin-plate-spline-grid.js";
export { transpose } from "./transpose.js";
export { windowAttention } from "./window-attention.js";

/** Every op by name, with all that is known of it: see `OpDefinition`. */
export const ops = {
  input: inputOp,
  conv2d: conv2dOp,
  coordConv2d: coordConv2dOp,
  linear: linearOp,
  maxPool2d: maxPool2dOp,
  avgPool2d: avgPool2dOp,
  channelMax: channelMaxOp,
  channelMean: channelMeanOp,
  globalAvgPool2d: globalAvgPool2dOp,
  globalMaxPool2d: globalMaxPool2dOp,
  relu: reluOp,
  elu: eluOp,
  gelu: geluOp,
  leakyRelu: leakyReluOp,
  sigmoid: sigmoidOp,
  silu: siluOp,
  tanh: tanhOp,
  batchNorm1d: batchNorm1dOp,
  batchNorm2d: batchNorm2dOp,
  groupNorm: groupNormOp,
  layerNorm: layerNormOp,
  dropout: dropoutOp,
  dropout2d: dropout2dOp,
  affineGrid: affineGridOp,
  gridSample: gridSampleOp,
  thinPlateSplineGrid: thinPlateSplineGridOp,
  projectiveGrid: projectiveGridOp,
  interpolate: interpolateOp,
  scaledDotProductAttention: scaledDotProductAttentionOp,
  batchAttention: batchAttentionOp,
  windowAttention: windowAttentionOp,
  add: addOp,
  concat: concatOp,
  div: divOp,
  mul: mulOp,
  parameter: parameterOp,
  reshape: reshapeOp,
  slice: sliceOp,
  sub: subOp,
  transpose: transposeOp,
  dropPath: dropPathOp,
  matmul: matmulOp,
  softmax: softmaxOp,
  flatten: flattenOp,
  logSoftmax: logSoftmaxOp,
  nll: nllOp,
  mse: mseOp,
  distancePenalty: distancePenaltyOp,
} as const;

/** The name of an op, a key of {@link ops}. */
export type OpName = keyof typeof ops;

/** The attributes of an op. */
export type Attributes<Op extends OpName> =
  (typeof ops)[Op] extends OpDefinition<infer A> ? A : never;

/** A node of this op. */
export interface NodeOf<Op extends OpName> extends Node {
  readonly op: Op;
  readonly attributes: Attributes<Op> & object;
}
