import { addNode, type Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import { sameChannels } from "./channels.js";
import type { ImageOp } from "./op.js";
import { noParameters } from "./parameters.js";
import { sameShape } from "./shapes.js";

/** `y = a + b` for tensors of one shape, as in a residual connection. */
export const addOp: ImageOp<object> = {
  name: "add",
  scope: "image",
  attributes: {},
  inputCount: 2,
  parameterLayouts: [],
  checkParameters: noParameters("add"),
  role: { kind: "plain" },
  readsChannels: sameChannels,
  keepsChannelsApart: false,
  randomUnits: () => 0,
  multiplyAdds: () => 0,
  drawing: {
    family: "add",
    title: "+",
    caption: () => undefined,
    continuesLayer: false,
  },
  shape: (inputs) => sameShape("add", inputs),
  forward: ({ inputs }) => inputs[0]!.values.map((a, i) => a + inputs[1]!.values[i]!),
  // dL/da = dL/db = g
  backward: ({ gradient }) => ({ inputs: [gradient, gradient] }),
  emitForward(k) {
    const count = sizeOf(k.shape);
    k.call("AddForward", { a: k.input(0), b: k.input(1), y: k.output(), count });
  },
  emitBackward(k) {
    const count = sizeOf(k.shape);
    for (const a of [k.inputGradient(0), k.inputGradient(1)]) {
      if (a !== 0) k.call("Accumulate", { a, b: k.outputGradient(), count });
    }
  },
};

/** `a + b`, value by value, for tensors of one shape. */
export function add(a: Tensor, b: Tensor): Tensor {
  return addNode(addOp, { inputs: [a, b], attributes: {}, label: "add" });
}
