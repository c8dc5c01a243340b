import { type Shape, sizeOf } from "../../graph/graph.js";
import { type BatchNormAttributes, emitRunningStatistics } from "../../graph/ops/batch-norm.js";
import { denseWork, emitConv2dForward } from "../../graph/ops/conv2d.js";
import { Ending } from "../../graph/ops/convolution/call.js";
import type { ConvAttributes } from "../../graph/ops/convolution/geometry.js";
import type { KernelContext } from "../../graph/ops/op.js";
import { notCounted, type StepFacts, work } from "../../graph/ops/work.js";
import { defineFusion } from "./fusion.js";
import { isOp, onlyReader, readersOf, whyNeeded } from "./matching.js";

interface FoldedAttributes {
  readonly conv: ConvAttributes;
  /** Shapes of the convolution's parameters: weight, and bias if it has one. */
  readonly convParameters: readonly Shape[];
  readonly norm: BatchNormAttributes;
  /** Whether ReLU follows. */
  readonly relu: boolean;
}

/**
 * conv2d → batch norm, and ReLU where it follows, in evaluation, as one convolution whose weight and bias are computed
 * once per step: `w · γ / σ` and `(b − μ) · γ / σ + β`.
 */
export const convBatchNorm = defineFusion<FoldedAttributes>({
  name: "convBatchNorm",
  why: "in evaluation batch norm is a scale and a shift, which the convolution's weight and bias take in",
  match(graph, conv, kept, { training, differentiates }) {
    if (!isOp(conv, "conv2d")) return undefined;
    const norm = readersOf(graph, conv).find((reader) => isOp(reader, "batchNorm2d"));
    if (!isOp(norm, "batchNorm2d")) return undefined;
    if (training) return "batch norm depends on the batch in training";
    if (differentiates) return "gradients flow through batch norm";
    const needed = whyNeeded(graph, conv, kept);
    if (needed !== undefined) return needed;
    const convParameters = conv.parameters.map((index) => graph.parameters[index]!.shape);
    const relu = onlyReader(graph, norm, kept);
    const hasRelu = isOp(relu, "relu");
    const facts = { conv: conv.attributes, convParameters, norm: norm.attributes };
    const nodes = hasRelu ? ([conv, norm, relu] as const) : ([conv, norm] as const);
    return { nodes, inputs: conv.inputs, attributes: { ...facts, relu: hasRelu } };
  },
  emitForward,
  emitBackward() {
    throw new Error("convBatchNorm: it has no backward calls");
  },
  work: work<FoldedAttributes, never>({
    forward: {
      DenseConvForward: foldedWork,
      DepthwiseForward: notCounted,
      WinogradConvForward: notCounted,
    },
    backward: {},
  }),
});

function foldedWork(step: StepFacts<FoldedAttributes>): number {
  return denseWork({ ...step, attributes: step.attributes.conv });
}

function emitForward(k: KernelContext<FoldedAttributes>): void {
  const { conv, convParameters, norm, relu } = k.attributes;
  const [weightShape] = convParameters;
  const hasBias = convParameters.length > 1;
  const own = convParameters.length;
  const ofNorm: KernelContext<BatchNormAttributes> = {
    ...k,
    attributes: norm,
    parameter: (index) => k.parameter(own + index),
  };
  const statistics = emitRunningStatistics(ofNorm);
  // A row of the weight has the taps of one channel in one row of the kernel.
  const rows = sizeOf(weightShape!.slice(2, 3));
  const channels = k.shape[0]!;
  const rowStride = k.rowStride(0);
  const folded = [
    k.scratch("folded weight", channels * rows * rowStride),
    k.scratch("folded bias", channels),
  ];
  k.prologue("FoldBatchNorm", {
    ...{ weight: k.parameter(0), bias: hasBias ? k.parameter(1) : 0, statistics },
    shift: norm.affine ? k.parameter(own + 1) : 0,
    ...{ foldedWeight: folded[0]!, foldedBias: folded[1]!, channels, rows, rowStride },
  });
  const attributes = { ...conv, bias: true };
  const context = { ...k, attributes, parameter: (index: number) => folded[index]! };
  emitConv2dForward(context, relu ? Ending.relu : Ending.store);
}
