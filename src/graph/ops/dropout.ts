import { addNode, type Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import { dropThreshold } from "../philox.js";
import { dropProbability } from "./attributes.js";
import { sameChannels } from "./channels.js";
import type { ImageOp } from "./op.js";
import { noParameters } from "./parameters.js";
import { sameShape } from "./shapes.js";

export interface DropoutAttributes {
  /** Probability that a value is dropped, in [0, 1). */
  readonly p: number;
}

/** All that is known of {@link dropout}. */
export const dropoutOp: ImageOp<DropoutAttributes> = {
  name: "dropout",
  scope: "image",
  attributes: { p: dropProbability },
  inputCount: 1,
  parameterLayouts: [],
  checkParameters: noParameters("dropout"),
  role: { kind: "plain" },
  readsChannels: sameChannels,
  keepsChannelsApart: true,
  randomUnits: sizeOf,
  multiplyAdds: () => 0,
  drawing: {
    family: "plain",
    caption: (_inputs, { p }) => `dropout ${p}`,
    continuesLayer: true,
  },

  shape: (inputs) => sameShape("dropout", inputs),

  forward: (call) => masked(call, call.inputs[0]!.values),

  // dL/dx = g · m / (1 − p)
  backward: (call) => ({ inputs: [masked(call, call.gradient)] }),

  // Nothing is dropped in evaluation.
  onnx: (onnx) => onnx.input(0),

  emitForward(k) {
    const count = sizeOf(k.shape);
    if (!k.training || k.attributes.p === 0) {
      k.call("Copy", { to: k.output(), from: k.input(0), count });
      return;
    }
    const { p } = k.attributes;
    k.call("DropoutForward", {
      x: k.input(0),
      y: k.output(),
      mask: k.saved("mask", count),
      count,
      stream: k.stream,
      threshold: dropThreshold(p),
      scale: 1 / (1 - p),
    });
  },

  emitBackward(k) {
    const count = sizeOf(k.shape);
    if (!k.training || k.attributes.p === 0) {
      k.call("Accumulate", { a: k.inputGradient(0), b: k.outputGradient(), count });
      return;
    }
    const mask = k.saved("mask", count);
    k.call("DropoutBackward", { gy: k.outputGradient(), mask, gx: k.inputGradient(0), count });
  },
};

function masked(call: Parameters<typeof dropoutOp.forward>[0], values: Float64Array): Float64Array {
  const { p } = call.attributes;
  if (!call.training) return values.slice();
  const channels = call.shape[0]!;
  const positions = values.length / channels;
  return values.map((value, at) => {
    const position = (at % positions) * channels + Math.floor(at / positions);
    return call.keeps(position, p) ? value / (1 - p) : 0;
  });
}

/**
 * In training, drops each value with probability p and scales the others.
 *
 * `y = x · m / (1 − p)`, m = 1 with probability 1 − p, else 0; in evaluation `y = x`.
 *
 * Any shape. As `torch.nn.Dropout`, except that the mask depends only on the seed, the node, the step and the position
 * in the batch (`philox.ts`), with positions in memory order (channels last).
 * Paper: Srivastava et al., "Dropout", JMLR 15, 2014.
 *
 * @example
 * const y = dropout(globalAvgPool2d(x), 0.5); // [8]
 */
export function dropout(x: Tensor, p: number): Tensor {
  return addNode(dropoutOp, { inputs: [x], attributes: { p }, label: "dropout" });
}
