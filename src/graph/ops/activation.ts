import { sizeOf } from "../graph.js";
import type { OnnxValue, OnnxWriter } from "../onnx.js";
import type { AttributeRules } from "./attributes.js";
import { sameChannels } from "./channels.js";
import type { ImageOp, KernelContext } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { sameShape } from "./shapes.js";

/** What makes an activation, an op that maps each value by itself. */
export interface Activation<A> {
  readonly name: string;
  /** For drawings. */
  readonly caption: string;
  readonly attributes: AttributeRules<A>;
  /** y = f(x) */
  value(x: number, attributes: A): number;
  /** dy/dx at x. */
  slope(x: number, attributes: A): number;
  onnx(writer: OnnxWriter<A>): OnnxValue;
  emitForward(k: KernelContext<A>, count: number): void;
  emitBackward(k: KernelContext<A>, count: number): void;
}

/** The op of an activation: all facts that activations share. */
export function activationOp<A>(activation: Activation<A>): ImageOp<A> {
  const { name, caption, attributes, value, slope, onnx, emitForward, emitBackward } = activation;
  return {
    ...plainFacts(name),
    attributes,
    inputCount: 1,
    readsChannels: sameChannels,
    keepsChannelsApart: true,
    drawing: { family: "plain", caption: () => caption, continuesLayer: true },
    shape: (inputs) => sameShape(name, inputs),
    forward: ({ inputs, attributes: own }) => inputs[0]!.values.map((x) => value(x, own)),
    // dL/dx = g · dy/dx
    backward: ({ inputs, gradient, attributes: own }) => ({
      inputs: [gradient.map((g, i) => g * slope(inputs[0]!.values[i]!, own))],
    }),
    onnx,
    emitForward: (k) => emitForward(k, sizeOf(k.shape)),
    emitBackward: (k) => emitBackward(k, sizeOf(k.shape)),
  };
}
