import { InputError } from "../../errors.js";
import { addNode, checkTensor, type Tensor } from "../builder.js";
import { type Shape, sizeOf } from "../graph.js";
import { shape as shapeRule } from "./attributes.js";
import { onnxReshape } from "./onnx-nodes.js";
import type { ChannelReading, ImageOp, KernelContext } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { showShape } from "./shapes.js";

export interface ReshapeAttributes {
  readonly shape: Shape;
}

/** All that is known of {@link reshape}. */
export const reshapeOp: ImageOp<ReshapeAttributes> = {
  ...plainFacts("reshape"),
  attributes: { shape: shapeRule },
  inputCount: 1,
  readsChannels: reshapeReads,
  keepsChannelsApart: false,
  drawing: {
    family: "plain",
    caption: (_inputs, { shape }) => `reshape ${shape.join("×")}`,
    continuesLayer: true,
  },

  shape([input], { shape }) {
    if (sizeOf(shape) === sizeOf(input!)) return shape;
    const expected = `a shape of ${sizeOf(input!)} values, as ${showShape(input)}`;
    throw new InputError("reshape", expected, showShape(shape));
  },

  forward: ({ inputs }) => inputs[0]!.values.slice(),
  // dL/dx = g, in the shape of x
  backward: ({ gradient }) => ({ inputs: [gradient] }),

  onnx: (onnx) => onnxReshape(onnx, onnx.input(0), onnx.shape),

  emitForward(k) {
    const [x, y] = [k.input(0), k.output()];
    const { from, to } = matrices(k);
    if (from.channels === to.channels) {
      k.call("Copy", { to: y, from: x, count: sizeOf(k.shape) });
      return;
    }
    if (to.positions === 1) k.call("FlattenForward", { x, y, ...from });
    else if (from.positions === 1) k.call("FlattenForward", { x, y, ...transposed(to) });
    else {
      const rowMajor = k.scratch("rowMajor", sizeOf(k.shape));
      k.call("FlattenForward", { x, y: rowMajor, ...from });
      k.call("FlattenForward", { x: rowMajor, y, ...transposed(to) });
    }
  },

  emitBackward(k) {
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    const { from, to } = matrices(k);
    if (from.channels === to.channels) {
      k.call("Accumulate", { a: gx, b: gy, count: sizeOf(k.shape) });
      return;
    }
    if (to.positions === 1) k.call("FlattenBackward", { gy, gx, ...from });
    else if (from.positions === 1) k.call("FlattenBackward", { gy, gx, ...transposed(to) });
    else {
      const rowMajor = k.scratch("rowMajor", sizeOf(k.shape));
      k.call("FlattenForward", { x: gy, y: rowMajor, ...to });
      k.call("FlattenBackward", { gy: rowMajor, gx, ...from });
    }
  },
};

interface Matrix {
  readonly positions: number;
  readonly channels: number;
}

/** Input and result as [position][channel]. */
function matrices(k: KernelContext<ReshapeAttributes>): { from: Matrix; to: Matrix } {
  const [from, to] = [k.inputShapes[0]!, k.shape].map(([channels = 1, ...positions]) => ({
    positions: sizeOf(positions),
    channels,
  }));
  return { from: from!, to: to! };
}

function transposed({ positions, channels }: Matrix): Matrix {
  return { positions: channels, channels: positions };
}

/** A channel is read where one of its values lies in a channel of the result that is read. */
function reshapeReads({ read, inputShapes, attributes }: ChannelReading<ReshapeAttributes>) {
  const [channels = 1, ...positions] = inputShapes[0]!;
  const own = sizeOf(positions);
  const size = sizeOf(attributes.shape.slice(1));
  return Array.from({ length: channels }, (_, channel) => {
    const first = Math.floor((channel * own) / size);
    const last = Math.floor(((channel + 1) * own - 1) / size);
    return read.slice(first, last + 1).includes(true);
  });
}

/**
 * The same values in another shape, in row-major order [channel, row, column], as in PyTorch.
 *
 * Any shape → any shape of as many values. As `torch.reshape` of one image. The engine's maps are channels-last: where the
 * number of channels stays, values are only copied; where it changes, they are transposed. [channels, rows, columns] →
 * [channels, 1, rows · columns] makes tokens of a map's positions.
 *
 * @param shape one extent may be −1: as many as there are values
 * @example
 * const tokens = reshape(x, [8, 1, -1]); // [8, 1, 196], a token for each position
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  checkTensor("reshape", x);
  const attributes = { shape: Array.isArray(shape) ? completed(x.shape, shape) : shape };
  return addNode(reshapeOp, { inputs: [x], attributes, label: "reshape" });
}

/** The shape with its −1 replaced by what is left. */
function completed(from: Shape, shape: Shape): Shape {
  const at = shape.indexOf(-1);
  return at < 0 ? shape : shape.with(at, sizeOf(from) / sizeOf(shape.toSpliced(at, 1)));
}
