import { addNode, type Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import { sameChannels } from "./channels.js";
import type { ImageOp } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { sameShape } from "./shapes.js";

/** All that is known of {@link relu}. */
export const reluOp: ImageOp<object> = {
  ...plainFacts("relu"),
  attributes: {},
  inputCount: 1,
  role: { kind: "rectifier" },
  readsChannels: sameChannels,
  keepsChannelsApart: true,
  drawing: {
    family: "plain",
    caption: () => "ReLU",
    continuesLayer: true,
  },
  shape: (inputs) => sameShape("relu", inputs),
  forward: ({ inputs }) => inputs[0]!.values.map((x) => Math.max(x, 0)),
  // dL/dx = g where x > 0, else 0
  backward: ({ inputs, gradient }) => ({
    inputs: [gradient.map((g, i) => (inputs[0]!.values[i]! > 0 ? g : 0))],
  }),
  onnx: (onnx) => onnx.add("Relu", [onnx.input(0)]),

  emitForward(k) {
    k.call("ReluForward", { x: k.input(0), y: k.output(), count: sizeOf(k.shape) });
  },
  emitBackward(k) {
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    k.call("ReluBackward", { y: k.output(), gy, gx, count: sizeOf(k.shape) });
  },
};

/**
 * `y = max(x, 0)`, value by value; any shape. As `torch.nn.functional.relu`.
 * Kink: the gradient at x = 0 is 0, as in PyTorch.
 *
 * @example
 * const y = relu(x); // [8, 14, 14]
 */
export function relu(x: Tensor): Tensor {
  return addNode(reluOp, { inputs: [x], attributes: {}, label: "relu" });
}
