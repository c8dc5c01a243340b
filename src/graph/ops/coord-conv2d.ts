import type { Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import { weighedChannels } from "./channels.js";
import {
  addConvolution,
  type Conv2dAttributes,
  type Conv2dOptions,
  conv2dOp,
  conv2dRules,
  convolvedShape,
  convParameters,
  convWork,
  emitConvBackward,
} from "./conv2d.js";
import type { ImageOp, KernelContext, Pointer, ReferenceCall, Tensor64 } from "./op.js";
import { expectParameters } from "./parameters.js";
import { mapShape } from "./shapes.js";
import { notCounted } from "./work.js";

const BYTES = 4;
const LANES = 4;

/** Number of appended channels: row and column. */
export const coordinateChannels = 2;

/**
 * Convolution of a map to which two channels are appended: each position's row and its column, from −1 to 1.
 *
 * `y = conv2d(x'), x'[i] = x[i], x'[in, r, c] = 2r / (rows − 1) − 1, x'[in + 1, r, c] = 2c / (columns − 1) − 1`
 *
 * [in, rows, columns] → [out, rows − k + 1, columns − k + 1]. With one row (or column) its coordinate is −1.
 * Paper: Liu et al., "An intriguing failing of convolutional neural networks and the CoordConv
 * solution", NeurIPS 2018.
 *
 * The kernels append nothing. What the coordinates add to a position is a value R of its row plus a value C of its
 * column, both the same for every image of a step:
 *
 * `y[o, r, c] = conv2d(x) + R[o, r] + C[o, c]`,
 * `R[o, r] = Σ_u x'[in, r + u, ·] · Σ_v w[o, in, u, v]`, `C[o, c] = Σ_v x'[in + 1, ·, c + v] · Σ_u w[o, in + 1, u, v]`
 */
export const coordConv2dOp: ImageOp<Conv2dAttributes> = {
  name: "coordConv2d",
  scope: "image",
  attributes: conv2dRules,
  inputCount: 1,
  parameterLayouts: ["coordConvolution", "rows"],
  checkParameters: ([input], attributes, given) =>
    expectParameters("coordConv2d", convParameters(input!, attributes, coordinateChannels), given),
  role: { kind: "layer", firstRow: () => 0 },
  readsChannels: (reading) => weighedChannels(reading, 0),
  keepsChannelsApart: false,
  randomUnits: () => 0,
  multiplyAdds: ([input], { kernelSize }, shape) =>
    // As if the coordinates were really appended.
    kernelSize ** 2 * (input![0]! + coordinateChannels) * sizeOf(shape),
  work: {
    forward: { ConvForward: convWork },
    backward: { ConvBackward: notCounted },
  },
  drawing: {
    family: "conv",
    caption: ([input], { kernelSize: k }, [out]) => `CoordConv ${k}×${k}, ${input![0]} → ${out}`,
    continuesLayer: false,
  },

  shape: ([input], attributes) => convolvedShape("coordConv2d", input, attributes),

  forward: (call) => conv2dOp.forward(withCoordinates(call)),

  // As conv2d's, without the gradient of the appended channels.
  backward(call) {
    const { inputs, parameters } = conv2dOp.backward(withCoordinates(call));
    return { inputs: [inputs[0]!.slice(0, call.inputs[0]!.values.length)], parameters };
  },

  emitForward(k) {
    const [, rows, columns] = mapShape("coordConv2d", k.shape);
    const table = emitCoordTable(k);
    conv2dOp.emitForward(k);
    const channels = k.attributes.outChannels;
    k.call("CoordTableAdd", { y: k.output(), table, rows, columns, channels });
  },

  emitBackward(k) {
    emitConvBackward(k, coordWeights(k, k.parameterGradient(0)));
  },
};

/** The call with its input's coordinates appended, as conv2d's reference takes it. */
function withCoordinates<Call extends ReferenceCall<Conv2dAttributes>>(call: Call): Call {
  return { ...call, inputs: [appendCoordinates(call.inputs[0]!)] };
}

function appendCoordinates({ shape, values }: Tensor64): Tensor64 {
  const [channels, rows, columns] = mapShape("coordConv2d", shape);
  const positions = rows * columns;
  const appended = new Float64Array((channels + coordinateChannels) * positions);
  appended.set(values);
  for (let position = 0; position < positions; position++) {
    appended[channels * positions + position] = coordinate(Math.floor(position / columns), rows);
    appended[(channels + 1) * positions + position] = coordinate(position % columns, columns);
  }
  return { shape: [channels + coordinateChannels, rows, columns], values: appended };
}

/** Coordinate of row (or column) `i` of `extent`: from −1 for the first to 1 for the last; −1 if there is just one. */
function coordinate(i: number, extent: number): number {
  return extent === 1 ? -1 : (2 * i) / (extent - 1) - 1;
}

/** The coordinates' part of the weight, or of its gradient: `[out, 2, k, k]`. */
export function coordWeights(k: KernelContext<Conv2dAttributes>, weight: Pointer): Pointer {
  const { outChannels, kernelSize } = k.attributes;
  return weight + outChannels * kernelSize * k.rowStride(0) * BYTES;
}

/** Values of an output channel's table: R of each row, then C of each column. */
export function coordTableLength(k: KernelContext<Conv2dAttributes>): number {
  const [, inRows, inColumns] = mapShape("coordConv2d", k.inputShapes[0]);
  return inRows + inColumns - 2 * (k.attributes.kernelSize - 1);
}

/** Values from one channel's table to the next channel's. */
export function coordTableStride(k: KernelContext<Conv2dAttributes>): number {
  return Math.ceil(coordTableLength(k) / LANES) * LANES;
}

/** Lets each thread compute the tables of all output channels once per step. */
export function emitCoordTable(k: KernelContext<Conv2dAttributes>): Pointer {
  const [, inRows, inColumns] = mapShape("coordConv2d", k.inputShapes[0]);
  const { outChannels, kernelSize } = k.attributes;
  const table = k.scratch("table", outChannels * coordTableStride(k));
  const weight = coordWeights(k, k.parameter(0));
  const sizes = { inRows, inColumns, outChannels, kernel: kernelSize };
  k.prologue("CoordTable", { table, weight, ...sizes });
  return table;
}

/**
 * Convolution whose input has two more channels, the row and column of each position from −1 to 1.
 * Parameters `name.weight` `[out, in + 2, k, k]` and `name.bias` `[out]`, both uniform in
 * ±1/√((in + 2)·k²) as of a `torch.nn.Conv2d` of that many channels.
 *
 * @param x map `[in, rows, columns]`
 * @returns map `[out, rows − k + 1, columns − k + 1]`
 * @throws InputError where the map is smaller than the kernel, or another layer has the name
 */
export function coordConv2d(x: Tensor, name: string, options: Conv2dOptions): Tensor {
  return addConvolution(coordConv2dOp, x, name, options, coordinateChannels);
}
