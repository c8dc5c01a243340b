import { InputError } from "../../errors.js";
import { addNode, type Tensor } from "../builder.js";
import { numberIn, numbers } from "./attributes.js";
import { everyChannel } from "./channels.js";
import { withoutOnnx } from "./onnx-nodes.js";
import type { ImageOp, KernelContext, Pointer } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { showShape, vectorShape } from "./shapes.js";

export interface DistancePenaltyAttributes {
  /** λ, 0 or more. */
  readonly factor: number;
  /** t, a number for each value of x. */
  readonly target: readonly number[];
}

/**
 * A loss, and a penalty for the distance of x from a target: `y = loss + λ · Σ_i (x_i − t_i)²`. [], [n] → [].
 *
 * With the engine's mean over the batch, `loss + λ · ((x - t) ** 2).sum(1).mean()` in PyTorch.
 */
export const distancePenaltyOp: ImageOp<DistancePenaltyAttributes> = {
  ...plainFacts("distancePenalty"),
  attributes: { factor: numberIn(0), target: numbers },
  inputCount: 2,
  readsChannels: everyChannel,
  keepsChannelsApart: false,
  drawing: {
    family: "plain",
    caption: (_, { factor }) => `+ ${factor} · distance²`,
    continuesLayer: false,
  },

  shape([loss, x], { target }) {
    if (loss?.length !== 0) {
      throw new InputError("distancePenalty", "a loss of shape []", showShape(loss));
    }
    const [size] = vectorShape("distancePenalty", x);
    if (target.length !== size) {
      throw new InputError("distancePenalty", `a target of ${size} numbers`, `${target.length}`);
    }
    return [];
  },

  forward({ inputs, attributes: { factor, target } }) {
    const x = inputs[1]!.values;
    const distance = x.reduce((sum, value, at) => sum + (value - target[at]!) ** 2, 0);
    return Float64Array.of(inputs[0]!.values[0]! + factor * distance);
  },

  // dL/dloss = g, dL/dx_i = g · 2λ · (x_i − t_i)
  backward({ inputs, attributes: { factor, target }, gradient }) {
    const slope = 2 * factor * gradient[0]!;
    const d = inputs[1]!.values.map((value, at) => slope * (value - target[at]!));
    return { inputs: [gradient, d] };
  },

  onnx: withoutOnnx("distancePenalty"),

  emitForward(k) {
    const { factor, target } = k.attributes;
    const memory = targetMemory(k);
    target.forEach((value, index) => {
      k.prologue("StoreValue", { to: memory, index, value });
    });
    const words = { loss: k.input(0), x: k.input(1), target: memory, y: k.output() };
    k.call("DistancePenaltyForward", { ...words, count: target.length, factor });
  },

  emitBackward(k) {
    const { factor, target } = k.attributes;
    k.call("DistancePenaltyBackward", {
      ...{ x: k.input(1), target: targetMemory(k), gy: k.outputGradient() },
      ...{ gLoss: k.inputGradient(0), gx: k.inputGradient(1), count: target.length, factor },
    });
  },
};

function targetMemory(k: KernelContext<DistancePenaltyAttributes>): Pointer {
  return k.scratch("target", k.attributes.target.length);
}

/**
 * A loss and a penalty, added: `y = loss + factor · ‖x − target‖²`.
 *
 * @param loss of one image, as `nll` gives it
 * @param x vector [n]
 * @example
 * const theta = linear(flatten(x), "theta", { outFeatures: 2 });
 * const logits = linear(flatten(x), "head", { outFeatures: 10 });
 * const loss = nll(logSoftmax(logits));
 * const penalised = distancePenalty(loss, theta, { factor: 0.1, target: [1, 0] }); // []
 */
export function distancePenalty(
  loss: Tensor,
  x: Tensor,
  attributes: DistancePenaltyAttributes,
): Tensor {
  return addNode(distancePenaltyOp, { inputs: [loss, x], attributes, label: "penalty" });
}
