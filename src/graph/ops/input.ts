import { type Shape, sizeOf } from "../graph.js";
import { oneOf, shape } from "./attributes.js";
import { emitAugmentedImage } from "./augmented-image.js";
import { everyChannel } from "./channels.js";
import type { ImageOp } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { mapShape } from "./shapes.js";

export interface InputAttributes {
  readonly shape: Shape;
  /** `image`: bytes of the data set, normalised when loaded. `values`: float32 values that the caller gives. */
  readonly source: "image" | "values";
}

/** An input of the network: an image of the data set, or values that the caller gives. */
export const inputOp: ImageOp<InputAttributes> = {
  ...plainFacts("input"),
  attributes: { shape, source: oneOf("image", "values") },
  inputCount: 0,
  role: { kind: "input", source: ({ source }) => source },
  readsChannels: everyChannel,
  keepsChannelsApart: false,
  drawing: {
    family: "plain",
    title: "image",
    caption: () => undefined,
    continuesLayer: false,
  },
  shape: (_inputs, { shape, source }) => (source === "image" ? mapShape("input", shape) : shape),
  forward() {
    throw new Error("input: its values are given, not computed");
  },
  backward() {
    return { inputs: [] };
  },
  onnx: (onnx) => onnx.given(),

  emitForward(k) {
    // Given values are written into the output's memory before the plan runs.
    if (k.attributes.source === "values") return;
    if (k.augmentation !== undefined) emitAugmentedImage(k, k.augmentation);
    else k.call("LoadImage", { to: k.output(), count: sizeOf(k.shape) });
  },
  emitBackward() {},
};
