import { InputError } from "../../errors.js";
import type { Tensor } from "../builder.js";
import { type Shape, sizeOf } from "../graph.js";
import { weighedChannels } from "./channels.js";
import {
  addConvolution,
  type Conv2dOptions,
  conv2dOp,
  convCaption,
  convolvedShape,
  convParameters,
  denseWork,
} from "./conv2d.js";
import { Ending } from "./convolution/call.js";
import {
  coordinateChannels,
  emitCoordMap,
  emitCoordTable,
  emitCoordWeightGradient,
} from "./convolution/coordinates.js";
import { emitConvBackward, emitConvForward } from "./convolution/emit.js";
import {
  type ConvAttributes,
  type ConvGeometry,
  convGeometry,
  convRules,
} from "./convolution/geometry.js";
import { onnxConvolution } from "./convolution/onnx.js";
import { onnxForEachImage } from "./onnx-nodes.js";
import type { ImageOp, ReferenceCall, Tensor64 } from "./op.js";
import { expectParameters } from "./parameters.js";
import { mapShape } from "./shapes.js";
import { notCounted } from "./work.js";

/**
 * All that is known of {@link coordConv2d}.
 *
 * The kernels append nothing. What the coordinates add to each position is the same for all images: a table that is
 * computed once per step, to which the convolution of the map's own channels is added.
 */
export const coordConv2dOp: ImageOp<ConvAttributes> = {
  name: "coordConv2d",
  scope: "image",
  attributes: convRules,
  inputCount: 1,
  parameterLayouts: ["coordConvolution", "rows"],
  checkParameters: ([input], attributes, given) =>
    expectParameters("coordConv2d", convParameters(input!, attributes, coordinateChannels), given),
  role: { kind: "layer", firstRow: () => 0 },
  readsChannels: (reading) => weighedChannels(reading, 0),
  keepsChannelsApart: false,
  randomUnits: () => 0,
  // As if the coordinates were really appended.
  multiplyAdds: ([input], attributes, shape) =>
    sizeOf(convParameters(input!, attributes, coordinateChannels)[0]!.slice(1)) * sizeOf(shape),
  work: {
    forward: { DenseConvForward: denseWork, WinogradConvForward: notCounted },
    backward: { DenseConvWeightGradient: notCounted, WinogradConvWeightGradient: notCounted },
  },
  drawing: {
    family: "conv",
    caption: ([input], attributes, [out]) => convCaption("CoordConv", input!, attributes, out!),
    continuesLayer: false,
  },

  shape: ([input], attributes) => convolvedShape(coordGeometry(input, attributes)),

  forward: (call) => conv2dOp.forward(withCoordinates(call)),

  // As conv2d's, without the gradient of the appended channels.
  backward(call) {
    const { inputs, parameters } = conv2dOp.backward(withCoordinates(call));
    return { inputs: [inputs[0]!.slice(0, call.inputs[0]!.values.length)], parameters };
  },

  onnx(onnx) {
    const [, rows, columns] = mapShape("coordConv2d", onnx.inputShapes[0]);
    const shape = [coordinateChannels, rows, columns];
    const empty = { shape: [0, rows, columns], values: new Float64Array() };
    const values = Float32Array.from(appendCoordinates(empty).values);
    const map = onnx.constant("coordinates", { shape, values });
    const x = onnx.add("Concat", [onnx.input(0), onnxForEachImage(onnx, map, shape)], { axis: 1 });
    return onnx.add(
      "Conv",
      [x, onnx.parameter(0), ...(onnx.attributes.bias ? [onnx.parameter(1)] : [])],
      onnxConvolution(coordGeometry(onnx.inputShapes[0], onnx.attributes)),
    );
  },

  emitForward(k) {
    const geometry = coordGeometry(k.inputShapes[0], k.attributes);
    const from = emitCoordTable(k, geometry, k.attributes.bias ? k.parameter(1) : 0);
    k.call("Copy", { to: k.output(), from, count: sizeOf(k.shape) });
    emitConvForward(k, geometry, 0, Ending.add);
  },

  emitBackward(k) {
    const geometry = coordGeometry(k.inputShapes[0], k.attributes);
    emitConvBackward(k, geometry, k.attributes.bias ? k.parameterGradient(1) : 0);
    emitCoordWeightGradient(k, geometry, emitCoordMap(k, geometry));
  },
};

/** @throws InputError as `convGeometry` does, and for more than one group */
function coordGeometry(input: Shape | undefined, attributes: ConvAttributes): ConvGeometry {
  if (attributes.groups !== 1) {
    const expected = "groups to be 1, as every channel reads the coordinates";
    throw new InputError("coordConv2d", expected, String(attributes.groups));
  }
  return convGeometry("coordConv2d", input, attributes);
}

/** The call with its input's coordinates appended, as conv2d's reference takes it. */
function withCoordinates<Call extends ReferenceCall<ConvAttributes>>(call: Call): Call {
  return { ...call, inputs: [appendCoordinates(call.inputs[0]!)] };
}

export function appendCoordinates({ shape, values }: Tensor64): Tensor64 {
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

/**
 * Convolution of a map to which two channels are appended: each position's row and its column, from −1 to 1.
 *
 * `y = conv2d(x'), x'[i] = x[i], x'[in, r, c] = 2r / (rows − 1) − 1, x'[in + 1, r, c] = 2c / (columns − 1) − 1`
 *
 * Each axis is divided by its own length. With one row (or column) its coordinate is −1. Padding follows the
 * coordinates: outside the map they are 0. One group only. Otherwise as `conv2d`.
 * Paper: Liu et al., "An intriguing failing of convolutional neural networks and the CoordConv
 * solution", NeurIPS 2018.
 *
 * Parameters `name.weight` `[out, in + 2, rows, columns]` and `name.bias` `[out]`, both uniform in
 * ±1/√((in + 2) · kernel size) as of a `torch.nn.Conv2d` of that many channels.
 *
 * @param x map `[in, rows, columns]`
 * @param options as of `conv2d`; `groups` must be 1
 * @throws InputError where the padded map is smaller than the kernel, or another layer has the name
 * @example
 * const y = coordConv2d(image, "where", { outChannels: 8, kernelSize: 5 }); // [8, 24, 24]
 */
export function coordConv2d(x: Tensor, name: string, options: Conv2dOptions): Tensor {
  return addConvolution(coordConv2dOp, x, name, options, coordinateChannels);
}
