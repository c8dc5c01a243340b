import { sizeOf } from "../../graph/graph.js";
import type { LinearAttributes } from "../../graph/ops/linear.js";
import type { KernelContext, Pointer } from "../../graph/ops/op.js";
import { type StepFacts, work } from "../../graph/ops/work.js";
import { roundUp } from "../parameter-layout.js";
import { defineFusion } from "./fusion.js";
import { isOp, readersOf, whyNeeded } from "./matching.js";

interface FusedAttributes {
  readonly inner: LinearAttributes;
  readonly outer: LinearAttributes;
}

/**
 * linear → linear, at every position of a map, in one step.
 *
 * `w = w₂ · w₁`, `b = w₂ · b₁ + b₂`, computed once per step, so that a position costs one layer. Backward sums the
 * gradient of w over positions and images; once per step, those of both weights follow from it:
 * `dL/dw₂ = dL/dw · w₁ᵀ + dL/db ⊗ b₁`, `dL/dw₁ = w₂ᵀ · dL/dw`, `dL/db₂ = dL/db`, `dL/db₁ = w₂ᵀ · dL/db`.
 */
export const linearLinear = defineFusion<FusedAttributes>({
  name: "linearLinear",
  why: "the product of both weights is computed once per step, and a position costs one layer instead of two",
  match(graph, inner, kept) {
    if (!isOp(inner, "linear") || inner.shape.length === 1) return undefined;
    const outer = readersOf(graph, inner).find((reader) => isOp(reader, "linear"));
    if (!isOp(outer, "linear")) return undefined;
    const needed = whyNeeded(graph, inner, kept);
    if (needed !== undefined) return needed;
    const [features] = graph.nodes[inner.inputs[0]!]!.shape;
    const { outFeatures: middle } = inner.attributes;
    const { outFeatures } = outer.attributes;
    // Through a bottleneck, two layers are cheaper than their product.
    if (features! * outFeatures > middle * (features! + outFeatures)) {
      return "two layers are cheaper than their product";
    }
    const attributes = { inner: inner.attributes, outer: outer.attributes };
    return { nodes: [inner, outer], inputs: inner.inputs, attributes };
  },
  emitForward,
  emitBackward,
  work: work<FusedAttributes, never>({
    forward: { LinearMapForward: productWork },
    backward: {
      LinearMapBackward: (step) => (step.hasInputGradient ? 2 : 1) * productWork(step),
    },
  }),
});

/** Multiply-adds of the product, as one layer. */
function productWork({ inputShapes, shape }: StepFacts<FusedAttributes>): number {
  return inputShapes[0]![0]! * sizeOf(shape);
}

type FusedKernels = KernelContext<FusedAttributes>;

function emitForward(k: FusedKernels): void {
  const [features, outFeatures] = [k.inputShapes[0]![0]!, k.shape[0]!];
  const bias = biasOfProduct(k);
  const packed = k.scratch("packed", features * roundUp(outFeatures, 4));
  const weight = weightOfProduct(k);
  const { inner, outer } = parametersOf(k);
  k.prologue("LinearCompose", {
    ...{ weight, bias, outer: outer.weight, outerBias: outer.bias },
    ...{ inner: inner.weight, innerBias: inner.bias },
    ...sizes(k),
  });
  const stride = roundUp(features, 4);
  k.prologue("LinearPack", { packed, weight, features, outFeatures, stride });
  k.call("LinearMapForward", {
    ...{ x: k.input(0), packed, bias, y: k.output() },
    ...{ biasOffset: 0, positions: positionsOf(k), features, outFeatures },
  });
}

function emitBackward(k: FusedKernels): void {
  const [features, outFeatures] = [k.inputShapes[0]![0]!, k.shape[0]!];
  const stride = roundUp(features, 4);
  const gWeight = k.summed("weight", outFeatures * stride);
  const gBias = hasBias(k) ? k.summed("bias", outFeatures) : 0;
  k.call("LinearMapBackward", {
    ...{ x: k.input(0), gy: k.outputGradient(), weight: weightOfProduct(k) },
    ...{ gWeight, gBias, gx: k.inputGradient(0) },
    ...{ biasOffset: 0, positions: positionsOf(k), features, outFeatures, stride },
  });
  const { inner, outer } = parametersOf(k);
  k.epilogue("LinearComposeBackward", {
    ...{ gWeight, gBias, outer: outer.weight, inner: inner.weight, innerBias: inner.bias },
    ...{ gOuter: outer.gWeight, gOuterBias: outer.gBias },
    ...{ gInner: inner.gWeight, gInnerBias: inner.gBias },
    ...sizes(k),
  });
}

function positionsOf(k: FusedKernels): number {
  return sizeOf(k.shape.slice(1));
}

function sizes({ attributes: { inner, outer }, inputShapes }: FusedKernels) {
  return {
    outerOffset: outer.rowOffset,
    innerOffset: inner.rowOffset,
    features: inputShapes[0]![0]!,
    middle: inner.outFeatures,
    outFeatures: outer.outFeatures,
  };
}

function hasBias({ attributes: { inner, outer } }: FusedKernels): boolean {
  return inner.bias || outer.bias;
}

/** Memory for the product, in rows like those of a parameter. */
function weightOfProduct(k: FusedKernels): Pointer {
  return k.scratch("weight", k.shape[0]! * roundUp(k.inputShapes[0]![0]!, 4));
}

function biasOfProduct(k: FusedKernels): Pointer {
  return hasBias(k) ? k.scratch("bias", k.shape[0]!) : 0;
}

/** Pointers to a layer's rows of its weight, to its bias, and to their gradients. */
interface LayerParameters {
  readonly weight: Pointer;
  readonly bias: Pointer;
  readonly gWeight: Pointer;
  readonly gBias: Pointer;
}

function parametersOf(k: FusedKernels): { inner: LayerParameters; outer: LayerParameters } {
  const { inner, outer } = k.attributes;
  const ofInner = inner.bias ? 2 : 1;
  return { inner: parametersFrom(k, 0, inner), outer: parametersFrom(k, ofInner, outer) };
}

function parametersFrom(
  k: FusedKernels,
  first: number,
  { rowOffset, bias }: LinearAttributes,
): LayerParameters {
  const rows = rowOffset * k.rowStride(first) * 4;
  return {
    weight: k.parameter(first) + rows,
    bias: bias ? k.parameter(first + 1) : 0,
    gWeight: k.parameterGradient(first) + rows,
    gBias: bias ? k.parameterGradient(first + 1) : 0,
  };
}
