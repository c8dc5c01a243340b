import { addNode, type Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import type { ImageOp } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { mapShape } from "./shapes.js";

/** All that is known of {@link flatten}. */
export const flattenOp: ImageOp<object> = {
  ...plainFacts("flatten"),
  attributes: {},
  inputCount: 1,
  readsChannels: ({ read, inputShapes }) => {
    const [channels] = inputShapes[0]!;
    const positions = read.length / channels!;
    return Array.from({ length: channels! }, (_, channel) =>
      read.slice(channel * positions, (channel + 1) * positions).includes(true),
    );
  },
  keepsChannelsApart: false,
  drawing: {
    family: "plain",
    caption: () => "flatten",
    continuesLayer: true,
  },
  shape: ([input]) => [sizeOf(mapShape("flatten", input))],
  forward: ({ inputs }) => inputs[0]!.values.slice(),
  // dL/dx = g, in the map's shape
  backward: ({ gradient }) => ({ inputs: [gradient] }),
  onnx: (onnx) => onnx.add("Flatten", [onnx.input(0)], { axis: 1 }),

  emitForward(k) {
    const [channels, rows, columns] = mapShape("flatten", k.inputShapes[0]);
    k.call("FlattenForward", { x: k.input(0), y: k.output(), positions: rows * columns, channels });
  },
  emitBackward(k) {
    const [channels, rows, columns] = mapShape("flatten", k.inputShapes[0]);
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    k.call("FlattenBackward", { gy, gx, positions: rows * columns, channels });
  },
};

/**
 * A map as a vector, channel after channel, rows within a channel: `y[(i · rows + r) · columns + c] = x[i, r, c]`.
 *
 * [channels, rows, columns] → [channels · rows · columns]. As `torch.flatten` of one image. In the engine, whose maps
 * are channels-last, this is a transposition.
 *
 * @example
 * const features = flatten(x); // [1568]
 */
export function flatten(x: Tensor): Tensor {
  return addNode(flattenOp, { inputs: [x], attributes: {}, label: "flatten" });
}
