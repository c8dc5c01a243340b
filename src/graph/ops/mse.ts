import { addNode, type Tensor } from "../builder.js";
import { everyChannel } from "./channels.js";
import { withoutOnnx } from "./onnx-nodes.js";
import type { ImageOp } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { vectorShape } from "./shapes.js";

/** All that is known of {@link mse}. */
export const mseOp: ImageOp<object> = {
  ...plainFacts("mse"),
  attributes: {},
  inputCount: 1,
  role: { kind: "loss" },
  readsChannels: everyChannel,
  keepsChannelsApart: false,
  drawing: {
    family: "plain",
    caption: () => "mean squared error",
    continuesLayer: false,
  },
  shape([input]) {
    vectorShape("mse", input);
    return [];
  },
  forward({ inputs, label }) {
    const differences = differencesOf(inputs[0]!.values, label);
    return Float64Array.of(
      differences.reduce((sum, difference) => sum + difference ** 2, 0) / differences.length,
    );
  },
  // dL/dx_c = g · (2/K) · (exp(x_c) − t_c) · exp(x_c)
  backward({ inputs, label, gradient }) {
    const x = inputs[0]!.values;
    const factor = (2 * gradient[0]!) / x.length;
    return { inputs: [differencesOf(x, label).map((d, i) => factor * d * Math.exp(x[i]!))] };
  },
  onnx: withoutOnnx("mse"),

  emitForward(k) {
    k.call("MseForward", { x: k.input(0), y: k.output(), classes: k.inputShapes[0]![0]! });
  },
  emitBackward(k) {
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    k.call("MseBackward", { x: k.input(0), gy, gx, classes: k.inputShapes[0]![0]! });
  },
};

function differencesOf(x: Float64Array, label: number): Float64Array {
  return x.map((value, c) => Math.exp(value) - (c === label ? 1 : 0));
}

/**
 * Mean squared error of the probabilities: `y = (1/K) · Σ_c (exp(x_c) − t_c)²`, where the target t is 1 for the image's
 * class and 0 for the others, and x are log-probabilities of K classes. [classes] → [].
 *
 * After `logSoftmax`, and with the engine's mean over the batch, `mse_loss(softmax(logits), one_hot(label))` of
 * `torch.nn.functional`.
 *
 * @example
 * const loss = mse(logSoftmax(linear(flatten(x), "fc", { outFeatures: 10 }))); // []
 */
export function mse(logProbabilities: Tensor): Tensor {
  return addNode(mseOp, { inputs: [logProbabilities], attributes: {}, label: "loss" });
}
