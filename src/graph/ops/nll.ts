import { addNode, type Tensor } from "../builder.js";
import { everyChannel } from "./channels.js";
import type { ImageOp } from "./op.js";
import { noParameters } from "./parameters.js";
import { vectorShape } from "./shapes.js";

/**
 * Negative log-likelihood of the image's class: `y = −x[label]`. [classes] → [].
 *
 * After `logSoftmax` this is the cross-entropy. The value is one image's; the engine takes the mean over the batch, as
 * `torch.nn.functional.nll_loss` does.
 */
export const nllOp: ImageOp<object> = {
  name: "nll",
  scope: "image",
  attributes: {},
  inputCount: 1,
  parameterLayouts: [],
  checkParameters: noParameters("nll"),
  role: { kind: "loss" },
  readsChannels: everyChannel,
  keepsChannelsApart: false,
  randomUnits: () => 0,
  multiplyAdds: () => 0,
  drawing: {
    family: "plain",
    caption: () => "nll",
    continuesLayer: false,
  },
  shape([input]) {
    vectorShape("nll", input);
    return [];
  },
  forward: ({ inputs, label }) => Float64Array.of(-inputs[0]!.values[label]!),
  // dL/dx[label] = −g, 0 elsewhere
  backward({ inputs, label, gradient }) {
    const dx = new Float64Array(inputs[0]!.values.length);
    dx[label] = -gradient[0]!;
    return { inputs: [dx] };
  },
  emitForward(k) {
    k.call("NllForward", { x: k.input(0), y: k.output() });
  },
  emitBackward(k) {
    k.call("NllBackward", { gy: k.outputGradient(), gx: k.inputGradient(0) });
  },
};

/** Negative log-likelihood of the image's class. */
export function nll(logProbabilities: Tensor): Tensor {
  return addNode(nllOp, {
    inputs: [logProbabilities],
    attributes: {},
    label: "loss",
  });
}
