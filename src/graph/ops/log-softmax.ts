import { addNode, type Tensor } from "../builder.js";
import { everyChannel } from "./channels.js";
import type { ImageOp } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { vectorShape } from "./shapes.js";

/** All that is known of {@link logSoftmax}. */
export const logSoftmaxOp: ImageOp<object> = {
  ...plainFacts("logSoftmax"),
  attributes: {},
  inputCount: 1,
  role: { kind: "logProbabilities" },
  readsChannels: everyChannel,
  keepsChannelsApart: false,
  drawing: {
    family: "plain",
    caption: () => "log-softmax",
    continuesLayer: true,
  },
  shape: ([input]) => vectorShape("logSoftmax", input),
  forward({ inputs }) {
    const x = inputs[0]!.values;
    const largest = x.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = x.reduce((total, value) => total + Math.exp(value - largest), 0);
    return x.map((value) => value - largest - Math.log(sum));
  },
  // dL/dx_i = g_i − exp(y_i) · Σ_j g_j
  backward({ output, gradient }) {
    const sum = gradient.reduce((total, g) => total + g, 0);
    return { inputs: [gradient.map((g, i) => g - Math.exp(output[i]!) * sum)] };
  },
  onnx: (onnx) => onnx.add("LogSoftmax", [onnx.input(0)], { axis: -1 }),

  emitForward(k) {
    k.call("LogSoftmaxForward", { x: k.input(0), y: k.output(), count: k.shape[0]! });
  },
  emitBackward(k) {
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    k.call("LogSoftmaxBackward", { y: k.output(), gy, gx, count: k.shape[0]! });
  },
};

/**
 * Logarithm of the softmax: `y_i = x_i − max(x) − ln Σ_j exp(x_j − max(x))`. [n] → [n].
 * As `torch.nn.functional.log_softmax`.
 *
 * @example
 * const logProbabilities = logSoftmax(linear(flatten(x), "fc", { outFeatures: 10 })); // [10]
 */
export function logSoftmax(x: Tensor): Tensor {
  return addNode(logSoftmaxOp, { inputs: [x], attributes: {}, label: "logSoftmax" });
}
