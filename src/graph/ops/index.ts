import type { Node } from "../graph.js";
import { addOp } from "./add.js";
import { affineGridOp } from "./affine-grid.js";
import { batchAttentionOp } from "./batch-attention.js";
import { conv2dOp } from "./conv2d.js";
import { coordConv2dOp } from "./coord-conv2d.js";
import { dropoutOp } from "./dropout.js";
import { dropout2dOp } from "./dropout2d.js";
import { eluOp } from "./elu.js";
import { flattenOp } from "./flatten.js";
import { geluOp } from "./gelu.js";
import { gridSampleOp } from "./grid-sample.js";
import { inputOp } from "./input.js";
import { leakyReluOp } from "./leaky-relu.js";
import { linearOp } from "./linear.js";
import { logSoftmaxOp } from "./log-softmax.js";
import { maxPool2dOp } from "./max-pool2d.js";
import { mseOp } from "./mse.js";
import { nllOp } from "./nll.js";
import type { OpDefinition } from "./op.js";
import { reluOp } from "./relu.js";
import { scaledDotProductAttentionOp } from "./scaled-dot-product-attention.js";
import { sigmoidOp } from "./sigmoid.js";
import { siluOp } from "./silu.js";
import { tanhOp } from "./tanh.js";

export { add } from "./add.js";
export { affineGrid } from "./affine-grid.js";
export { batchAttention } from "./batch-attention.js";
export { conv2d } from "./conv2d.js";
export { coordConv2d } from "./coord-conv2d.js";
export { dropout } from "./dropout.js";
export { dropout2d } from "./dropout2d.js";
export { elu } from "./elu.js";
export { flatten } from "./flatten.js";
export { gelu } from "./gelu.js";
export { gridSample } from "./grid-sample.js";
export { leakyRelu } from "./leaky-relu.js";
export { linear, packedLinear } from "./linear.js";
export { logSoftmax } from "./log-softmax.js";
export { maxPool2d } from "./max-pool2d.js";
export { mse } from "./mse.js";
export { nll } from "./nll.js";
export { relu } from "./relu.js";
export { scaledDotProductAttention } from "./scaled-dot-product-attention.js";
export { sigmoid } from "./sigmoid.js";
export { silu } from "./silu.js";
export { tanh } from "./tanh.js";

/** Every op by name, with all that is known of it: see `OpDefinition`. */
export const ops = {
  input: inputOp,
  conv2d: conv2dOp,
  coordConv2d: coordConv2dOp,
  linear: linearOp,
  maxPool2d: maxPool2dOp,
  relu: reluOp,
  elu: eluOp,
  gelu: geluOp,
  leakyRelu: leakyReluOp,
  sigmoid: sigmoidOp,
  silu: siluOp,
  tanh: tanhOp,
  dropout: dropoutOp,
  dropout2d: dropout2dOp,
  affineGrid: affineGridOp,
  gridSample: gridSampleOp,
  scaledDotProductAttention: scaledDotProductAttentionOp,
  batchAttention: batchAttentionOp,
  add: addOp,
  flatten: flattenOp,
  logSoftmax: logSoftmaxOp,
  nll: nllOp,
  mse: mseOp,
} as const;

export type OpName = keyof typeof ops;

/** The attributes of an op. */
export type Attributes<Op extends OpName> =
  (typeof ops)[Op] extends OpDefinition<infer A> ? A : never;

/** A node of this op. */
export interface NodeOf<Op extends OpName> extends Node {
  readonly op: Op;
  readonly attributes: Attributes<Op> & object;
}
