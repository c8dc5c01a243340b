import { checkOptions } from "../../arguments.js";
import { InputError } from "../../errors.js";
import { addNode, checkTensor, type Tensor } from "../builder.js";
import { fraction, later, weights } from "./attributes.js";
import { everyChannel } from "./channels.js";
import { withoutOnnx } from "./onnx-nodes.js";
import type { ImageOp, KernelContext, Pointer, ReferenceCall } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { vectorShape } from "./shapes.js";

export interface NllAttributes {
  /** 0..1: the part of the target that is spread evenly over all classes. Default 0. */
  readonly labelSmoothing: number;
  /** A factor per class, 0 or more; none: all 1. Default none. */
  readonly classWeights: readonly number[];
}

/** All that is known of {@link nll}. */
export const nllOp: ImageOp<NllAttributes> = {
  ...plainFacts("nll"),
  attributes: {
    labelSmoothing: later(fraction, 0),
    classWeights: later(weights, []),
  },
  inputCount: 1,
  role: { kind: "loss" },
  readsChannels: everyChannel,
  keepsChannelsApart: false,
  drawing: {
    family: "plain",
    caption: () => "nll",
    continuesLayer: false,
  },
  shape([input], { classWeights }) {
    const [classes] = vectorShape("nll", input);
    if (classWeights.length > 0 && classWeights.length !== classes) {
      throw new InputError("nll", `${classes} classWeights`, String(classWeights.length));
    }
    return [];
  },
  forward(call) {
    const x = call.inputs[0]!.values;
    const { labelSmoothing } = call.attributes;
    // Without smoothing, the other classes may be impossible: x = −∞.
    const counts = (c: number) => c === call.label || labelSmoothing > 0;
    const y = factorsOf(call).reduce((sum, f, c) => (counts(c) ? sum - f * x[c]! : sum), 0);
    return Float64Array.of(y);
  },
  // dL/dx_c = −g · s · w_c · (ε/K + (1 − ε) if c is the label)
  backward(call) {
    return { inputs: [factorsOf(call).map((factor) => -call.gradient[0]! * factor)] };
  },
  onnx: withoutOnnx("nll"),

  emitForward(k) {
    const [x, y] = [k.input(0), k.output()];
    if (isPlain(k.attributes)) return k.call("NllForward", { x, y });
    const { weights, scale } = emitWeights(k);
    k.call("WeightedNllForward", { x, y, weights, scale, ...numbersOf(k) });
  },
  emitBackward(k) {
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    if (isPlain(k.attributes)) return k.call("NllBackward", { gy, gx });
    const { weights, scale } = weightMemory(k);
    k.call("WeightedNllBackward", { weights, scale, gy, gx, ...numbersOf(k) });
  },
};

type Context = KernelContext<NllAttributes>;

function isPlain({ labelSmoothing, classWeights }: NllAttributes): boolean {
  return labelSmoothing === 0 && classWeights.length === 0;
}

function numbersOf({ attributes, inputShapes }: Context) {
  return { classes: inputShapes[0]![0]!, smoothing: attributes.labelSmoothing };
}

function weightMemory(k: Context): { readonly weights: Pointer; readonly scale: Pointer } {
  return { weights: k.scratch("weights", k.inputShapes[0]![0]!), scale: k.scratch("scale", 1) };
}

/** Each thread has the weights of the classes, and those of the batch summed. */
function emitWeights(k: Context): ReturnType<typeof weightMemory> {
  const memory = weightMemory(k);
  const { classWeights } = k.attributes;
  for (let c = 0; c < k.inputShapes[0]![0]!; c++) {
    k.prologue("StoreValue", { to: memory.weights, index: c, value: classWeights[c] ?? 1 });
  }
  k.prologue("ClassWeightScale", memory);
  return memory;
}

/** s · w_c · (ε/K + (1 − ε) if c is the label), by class. */
function factorsOf({ inputs, label, labels, attributes }: ReferenceCall<NllAttributes>) {
  const { labelSmoothing, classWeights } = attributes;
  const weightOf = (c: number) => classWeights[c] ?? 1;
  const sum = labels.reduce((total, each) => total + weightOf(each), 0);
  const scale = sum === 0 ? 0 : labels.length / sum;
  const classes = inputs[0]!.values.length;
  return inputs[0]!.values.map((_, c) => {
    const own = c === label ? 1 - labelSmoothing : 0;
    return scale * weightOf(c) * (labelSmoothing / classes + own);
  });
}

/**
 * Negative log-likelihood of the image's class: `y = −x[label]`. [classes] → [].
 *
 * With label smoothing ε and class weights w, over K classes:
 * `y = −s · ((1 − ε) · w[label] · x[label] + (ε/K) · Σ_c w_c · x_c)`. The factor s is 1 without weights, else the
 * number of images of the batch divided by the sum of their classes' weights (0 where that sum is 0).
 *
 * After `logSoftmax` this is the cross-entropy. The value is one image's; the engine takes the mean over the batch, as
 * `torch.nn.functional.cross_entropy` does.
 *
 * @throws InputError where an option is unknown or out of range
 * @example
 * const logProbabilities = logSoftmax(linear(flatten(x), "fc", { outFeatures: 10 }));
 * const loss = nll(logProbabilities, { labelSmoothing: 0.1 }); // []
 */
export function nll(logProbabilities: Tensor, options: Partial<NllAttributes> = {}): Tensor {
  checkTensor("nll", logProbabilities);
  checkOptions("nll", options, ["labelSmoothing", "classWeights"]);
  return addNode(nllOp, {
    inputs: [logProbabilities],
    attributes: { labelSmoothing: 0, classWeights: [], ...options },
    label: "loss",
  });
}
