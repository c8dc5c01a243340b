import { addNode, checkLayer, inNetwork, type Sharing, type Tensor } from "../builder.js";
import { type Initialization, type Parameter, type Shape, sizeOf } from "../graph.js";
import { applyRules, pairOf } from "./attributes.js";
import { weighedChannels } from "./channels.js";
import { Ending } from "./convolution/call.js";
import { packedConvSize } from "./convolution/dense.js";
import { emitConvBackward, emitConvForward } from "./convolution/emit.js";
import {
  type ConvAttributes,
  type ConvAxis,
  type ConvGeometry,
  convGeometry,
  convRules,
} from "./convolution/geometry.js";
import { onnxConvolution } from "./convolution/onnx.js";
import type { ChannelReading, ImageOp, KernelContext, ReferenceCall } from "./op.js";
import { expectParameters } from "./parameters.js";
import { notCounted, type StepFacts } from "./work.js";

/** Options of `conv2d` and `coordConv2d`: the size of the kernel, and what differs from PyTorch's defaults. */
export type Conv2dOptions = Pick<ConvAttributes, "outChannels" | "kernelSize"> &
  Partial<ConvAttributes> &
  Sharing & {
    /** First values instead of PyTorch's: of the weight, and of the bias. */
    readonly initialization?: readonly [weight: Initialization, bias: Initialization];
  };

/** Shapes of the weight and, unless there is none, of the bias, if `appended` channels follow those of the map. */
export function convParameters(
  input: Shape,
  { outChannels, kernelSize, groups, bias }: ConvAttributes,
  appended = 0,
): Shape[] {
  const weight = [outChannels, (input[0]! + appended) / groups, ...pairOf(kernelSize)];
  return bias ? [weight, [outChannels]] : [weight];
}

/** All that is known of {@link conv2d}. */
export const conv2dOp: ImageOp<ConvAttributes> = {
  name: "conv2d",
  scope: "image",
  attributes: convRules,
  inputCount: 1,
  parameterLayouts: ["convolution", "rows"],
  checkParameters: ([input], attributes, given) =>
    expectParameters("conv2d", convParameters(input!, attributes), given),
  role: { kind: "layer", firstRow: () => 0 },
  readsChannels: readChannels,
  keepsChannelsApart: false,
  randomUnits: () => 0,
  multiplyAdds: ([input], attributes, shape) => tapsOf(attributes, input![0]!) * sizeOf(shape),
  work: {
    forward: {
      DenseConvForward: denseWork,
      DepthwiseForward: notCounted,
      WinogradConvForward: notCounted,
    },
    backward: {
      DenseConvWeightGradient: notCounted,
      DepthwiseWeightGradient: notCounted,
      WinogradConvWeightGradient: notCounted,
    },
  },
  drawing: {
    family: "conv",
    caption: ([input], attributes, [out]) => convCaption("conv", input!, attributes, out!),
    continuesLayer: false,
  },

  shape: ([input], attributes) => convolvedShape(convGeometry("conv2d", input, attributes)),

  forward(call) {
    const [{ values: x }, { values: w }] = [call.inputs[0]!, call.parameters[0]!];
    const bias = call.parameters[1]?.values;
    const y = new Float64Array(sizeOf(call.shape));
    if (bias) {
      const positions = y.length / bias.length;
      for (const [o, value] of bias.entries()) y.fill(value, o * positions, (o + 1) * positions);
    }
    forEachProduct(call, (yAt, xAt, wAt) => {
      y[yAt]! += w[wAt]! * x[xAt]!;
    });
    return y;
  },

  // With the positions of y = … w · x: dL/dw += g · x, dL/dx += g · w, dL/db[o] = Σ_{r, c} g[o, r, c]
  backward(call) {
    const { gradient } = call;
    const [{ values: x }, { values: w }] = [call.inputs[0]!, call.parameters[0]!];
    const dx = new Float64Array(x.length);
    const dw = new Float64Array(w.length);
    forEachProduct(call, (yAt, xAt, wAt) => {
      dw[wAt]! += gradient[yAt]! * x[xAt]!;
      dx[xAt]! += gradient[yAt]! * w[wAt]!;
    });
    if (!call.attributes.bias) return { inputs: [dx], parameters: [dw] };
    const positions = gradient.length / call.attributes.outChannels;
    const db = new Float64Array(call.attributes.outChannels);
    gradient.forEach((g, at) => {
      db[Math.floor(at / positions)]! += g;
    });
    return { inputs: [dx], parameters: [dw, db] };
  },

  onnx: (onnx) =>
    onnx.add(
      "Conv",
      [onnx.input(0), onnx.parameter(0), ...(onnx.attributes.bias ? [onnx.parameter(1)] : [])],
      onnxConvolution(convGeometry("conv2d", onnx.inputShapes[0], onnx.attributes)),
    ),

  emitForward: (k) => emitConv2dForward(k, Ending.store),
  emitBackward: emitConv2dBackward,
};

/** Writes the calls of forward; results are stored as `ending` says. */
export function emitConv2dForward(k: KernelContext<ConvAttributes>, ending: Ending): void {
  const bias = k.attributes.bias ? k.parameter(1) : 0;
  emitConvForward(k, convGeometry("conv2d", k.inputShapes[0], k.attributes), bias, ending);
}

/** Writes the calls of backward. */
export function emitConv2dBackward(k: KernelContext<ConvAttributes>): void {
  const gBias = k.attributes.bias ? k.parameterGradient(1) : 0;
  emitConvBackward(k, convGeometry("conv2d", k.inputShapes[0], k.attributes), gBias);
}

/** Calls `visit` with the indices of each product y += w · x whose x is inside the map. */
function forEachProduct(
  { inputs, attributes }: ReferenceCall<ConvAttributes>,
  visit: (yAt: number, xAt: number, wAt: number) => void,
): void {
  const geometry = convGeometry("conv2d", inputs[0]!.shape, attributes);
  const { rows, columns, outChannels } = geometry;
  const groupIn = geometry.inChannels / geometry.groups;
  const groupOut = outChannels / geometry.groups;
  for (let o = 0; o < outChannels; o++)
    for (let i = 0; i < groupIn; i++)
      for (let u = 0; u < rows.kernel; u++)
        for (let v = 0; v < columns.kernel; v++) {
          const wAt = ((o * groupIn + i) * rows.kernel + u) * columns.kernel + v;
          const channel = Math.floor(o / groupOut) * groupIn + i;
          forEachPosition(rows, u, (r, xRow) =>
            forEachPosition(columns, v, (c, xColumn) =>
              visit(
                (o * rows.output + r) * columns.output + c,
                (channel * rows.input + xRow) * columns.input + xColumn,
                wAt,
              ),
            ),
          );
        }
}

/** Calls `visit` with each position of the result at which a tap reads inside the map, and the position that it reads. */
function forEachPosition(
  { input, output, stride, dilation, before }: ConvAxis,
  tap: number,
  visit: (at: number, read: number) => void,
): void {
  for (let at = 0; at < output; at++) {
    const read = at * stride + tap * dilation - before;
    if (read >= 0 && read < input) visit(at, read);
  }
}

/** Every channel of the result reads the channels of its group whose weights are not all 0. */
function readChannels(reading: ChannelReading<ConvAttributes>): readonly boolean[] {
  const { groups, outChannels } = reading.attributes;
  if (groups === 1) return weighedChannels(reading, 0);
  const groupIn = reading.inputShapes[0]![0]! / groups;
  const groupOut = outChannels / groups;
  const { values, shape } = reading.parameters[0]!;
  const size = sizeOf(shape.slice(2));
  return Array.from({ length: groupIn * groups }, (_, channel) => {
    const first = Math.floor(channel / groupIn) * groupOut;
    return Array.from({ length: groupOut }, (_each, at) => first + at).some((row) => {
      const from = (row * groupIn + (channel % groupIn)) * size;
      return reading.read[row] && values.subarray(from, from + size).some((weight) => weight !== 0);
    });
  });
}

/** Products per value of the result. */
function tapsOf({ kernelSize, groups }: ConvAttributes, inChannels: number): number {
  return (sizeOf(pairOf(kernelSize)) * inChannels) / groups;
}

/** Multiply-adds of forward, with channels padded to whole vectors. */
export function denseWork({ attributes, inputShapes, shape }: StepFacts<ConvAttributes>): number {
  const { outChannels, groups } = attributes;
  const taps = tapsOf(attributes, inputShapes[0]![0]!);
  return groups * packedConvSize(outChannels / groups, taps) * sizeOf(shape.slice(1));
}

/** `conv 3×3, 1 → 10`, and what differs from the defaults. */
export function convCaption(
  name: string,
  input: Shape,
  { kernelSize, stride, dilation, groups }: ConvAttributes,
  out: number,
): string {
  const size = pairOf(kernelSize).join("×");
  const parts = [`${name} ${size}, ${input[0]} → ${out}`];
  if (String(pairOf(stride)) !== "1,1") parts.push(`stride ${pairOf(stride).join("×")}`);
  if (String(pairOf(dilation)) !== "1,1") parts.push(`dilation ${pairOf(dilation).join("×")}`);
  if (groups > 1) parts.push(groups === input[0] ? "depthwise" : `${groups} groups`);
  return parts.join(", ");
}

export function convolvedShape({ rows, columns, outChannels }: ConvGeometry): Shape {
  return [outChannels, rows.output, columns.output];
}

/**
 * Two-dimensional convolution (cross-correlation).
 *
 * `y[o, r, c] = b[o] + Σ_{i, u, v} w[o, i, u, v] · x[g + i, s·r + d·u − p, s·c + d·v − p]`
 *
 * with stride s, dilation d, padding p (outside the map x is 0), and g the first channel of o's group. As
 * `torch.nn.Conv2d`, with its defaults.
 *
 * [in, rows, columns] → [out, ⌊(rows + 2p − d·(k − 1) − 1) / s⌋ + 1, …]
 *
 * Parameters `name.weight` `[out, in / groups, rows, columns]` and, unless `bias` is false, `name.bias`
 * `[out]`, both uniform in ±1/√(in / groups · kernel size) as in PyTorch.
 *
 * @param x map `[in, rows, columns]`
 * @returns map `[out, …]`
 * @throws InputError where the padded map is smaller than the kernel, an option has a value that is not allowed, or
 * another layer has the name
 * @example
 * const y = conv2d(image, "stem", { outChannels: 16, kernelSize: 3, padding: 1 }); // [16, 28, 28]
 */
export function conv2d(x: Tensor, name: string, options: Conv2dOptions): Tensor {
  return addConvolution(conv2dOp, x, name, options, 0);
}

/** Adds a convolution whose weight reads `appended` channels besides the map's own. */
export function addConvolution(
  op: ImageOp<ConvAttributes>,
  x: Tensor,
  name: string,
  options: Conv2dOptions,
  appended: number,
): Tensor {
  checkLayer(op.name, x, name, options, [...Object.keys(op.attributes), "initialization"]);
  const { share, initialization, ...given } = options;
  const attributes = inNetwork(op.name, name, [x], () => {
    const checked = applyRules(op.name, op.attributes, given);
    convGeometry(op.name, x.shape, checked);
    return checked;
  });
  const shapes = convParameters(x.shape, attributes, appended);
  const uniform = { kind: "uniform", bound: 1 / Math.sqrt(sizeOf(shapes[0]!.slice(1))) } as const;
  const parameters = ["weight", "bias"].slice(0, shapes.length).map(
    (each, at): Parameter => ({
      name: `${name}.${each}`,
      shape: shapes[at]!,
      initialization: initialization?.[at] ?? uniform,
    }),
  );
  return addNode(op, { inputs: [x], attributes, parameters, share, label: name });
}
