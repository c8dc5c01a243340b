import type { OpName } from "../../../src/graph/ops/index.js";
import type { OpCase } from "../op-case.js";
import { attentionCases, batchAttentionCases } from "./attention.js";
import { convolutionCases, coordConvolutionCases } from "./convolution.js";
import { linearCases } from "./linear.js";
import {
  addCases,
  dropout2dCases,
  dropout2dOffCases,
  dropoutCases,
  dropoutOffCases,
  flattenCases,
  inputCases,
  logSoftmaxCases,
  maxPoolCases,
  nllCases,
  reluCases,
} from "./pointwise.js";
import { affineGridCases, gridSampleCases } from "./sampling.js";

/** Every op has cases: one that is missing fails the compiler. */
export const opCases: Readonly<Record<OpName, readonly OpCase[]>> = {
  input: inputCases,
  conv2d: convolutionCases,
  coordConv2d: coordConvolutionCases,
  linear: linearCases,
  maxPool2d: maxPoolCases,
  relu: reluCases,
  dropout: [...dropoutCases, ...dropoutOffCases],
  dropout2d: [...dropout2dCases, ...dropout2dOffCases],
  affineGrid: affineGridCases,
  gridSample: gridSampleCases,
  scaledDotProductAttention: attentionCases,
  batchAttention: batchAttentionCases,
  add: addCases,
  flatten: flattenCases,
  logSoftmax: logSoftmaxCases,
  nll: nllCases,
};
