import { addNode, type Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import { dropThreshold } from "../philox.js";
import { dropProbability } from "./attributes.js";
import { sameChannels } from "./channels.js";
import type { ImageOp, KernelContext, Pointer, ReferenceCall } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { sameShape } from "./shapes.js";

export interface DropPathAttributes {
  /** Probability that an image's values are dropped, in [0, 1). */
  readonly p: number;
}

/** All that is known of {@link dropPath}. */
export const dropPathOp: ImageOp<DropPathAttributes> = {
  ...plainFacts("dropPath"),
  attributes: { p: dropProbability },
  inputCount: 1,
  readsChannels: sameChannels,
  keepsChannelsApart: true,
  randomUnits: () => 1,
  drawing: {
    family: "plain",
    caption: (_inputs, { p }) => `drop path ${p}`,
    continuesLayer: true,
  },

  shape: (inputs) => sameShape("dropPath", inputs),

  forward: (call) => masked(call, call.inputs[0]!.values),

  // dL/dx = g · m / (1 − p)
  backward: (call) => ({ inputs: [masked(call, call.gradient)] }),

  // Nothing is dropped in evaluation.
  onnx: (onnx) => onnx.input(0),

  emitForward(k) {
    const count = sizeOf(k.shape);
    const [x, y] = [k.input(0), k.output()];
    if (!drops(k)) {
      k.call("Copy", { to: y, from: x, count });
      return;
    }
    const { p } = k.attributes;
    const mask = maskMemory(k);
    // Draws one number, for the image; `y` is written whole by the second call.
    const random = { count: 1, stream: k.stream, threshold: dropThreshold(p), scale: 1 / (1 - p) };
    k.call("DropoutForward", { x, y, mask, ...random });
    k.call("ArithmeticForward", { a: x, b: mask, y, ...timesNumber(count) });
  },

  emitBackward(k) {
    const count = sizeOf(k.shape);
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    if (!drops(k)) {
      k.call("Accumulate", { a: gx, b: gy, count });
      return;
    }
    const words = { a: k.input(0), b: maskMemory(k), gy, gx, ...timesNumber(count), operand: 0 };
    k.call("ArithmeticBackward", words);
  },
};

function drops(k: KernelContext<DropPathAttributes>): boolean {
  return k.training && k.attributes.p > 0;
}

/** Memory for the image's m / (1 − p). */
function maskMemory(k: KernelContext<DropPathAttributes>): Pointer {
  return k.saved("mask", 1);
}

/** Words of `mul` of `count` values by a number. */
function timesNumber(count: number) {
  return { operator: 2, positions: 1, channels: count, aKind: 3, bKind: 0 };
}

function masked(call: ReferenceCall<DropPathAttributes>, values: Float64Array): Float64Array {
  const { p } = call.attributes;
  if (!call.training) return values.slice();
  const factor = call.keeps(0, p) ? 1 / (1 - p) : 0;
  return values.map((value) => value * factor);
}

/**
 * Stochastic depth: in training, drops all values of an image with probability p and scales those of the others. Before
 * the sum of a residual connection it drops the branch.
 *
 * `y = x · m / (1 − p)`, m = 1 with probability 1 − p, else 0, one m per image; in evaluation `y = x`.
 *
 * Any shape. As `timm.layers.DropPath`, or `torchvision.ops.StochasticDepth` by rows, except that the mask depends only on
 * the seed, the node, the step and the image's position in the batch (`philox.ts`).
 * Paper: Huang et al., "Deep networks with stochastic depth", ECCV 2016.
 *
 * @example
 * const branch = conv2d(x, "branch", { outChannels: 8, kernelSize: 3, padding: 1 });
 * const y = add(x, dropPath(branch, 0.1)); // [8, 14, 14]
 */
export function dropPath(x: Tensor, p: number): Tensor {
  return addNode(dropPathOp, { inputs: [x], attributes: { p }, label: "dropPath" });
}
