import { InputError } from "../../errors.js";
import { addNode, checkLayer, type Sharing, type Tensor } from "../builder.js";
import { type Shape, sizeOf } from "../graph.js";
import { type AttributeRules, wholeNumber } from "./attributes.js";
import { weighedChannels } from "./channels.js";
import type { ImageOp, KernelContext, Pointer } from "./op.js";
import { expectParameters } from "./parameters.js";
import { mapShape, showShape } from "./shapes.js";
import { notCounted, type StepFacts } from "./work.js";

export interface Conv2dAttributes {
  readonly outChannels: number;
  /** Side of the square kernel. */
  readonly kernelSize: number;
}

export const conv2dRules: AttributeRules<Conv2dAttributes> = {
  outChannels: wholeNumber(1),
  kernelSize: wholeNumber(1),
};

/** Options of `conv2d` and `coordConv2d`. */
export type Conv2dOptions = Conv2dAttributes & Sharing;

/** Shapes of weight and bias, if `appended` channels follow those of the map. */
export function convParameters(
  input: Shape,
  { outChannels, kernelSize }: Conv2dAttributes,
  appended = 0,
): [weight: Shape, bias: Shape] {
  return [[outChannels, input[0]! + appended, kernelSize, kernelSize], [outChannels]];
}

/** Values of a packed weight: channels in blocks of 8, the last block of 4 or 8. */
export function packedConvSize(outChannels: number, taps: number): number {
  return Math.ceil(outChannels / 4) * 4 * taps;
}

/** Values of the list of a channel's gradients: two per position. */
export function gradientListSize([, rows = 1, columns = 1]: Shape): number {
  return 2 * rows * columns;
}

/**
 * Two-dimensional convolution (cross-correlation), stride 1, no padding.
 *
 * `y[o, r, c] = b[o] + Σ_{i, u, v} w[o, i, u, v] · x[i, r + u, c + v]`
 *
 * [in, rows, columns] → [out, rows − k + 1, columns − k + 1]. As `torch.nn.Conv2d`.
 */
export const conv2dOp: ImageOp<Conv2dAttributes> = {
  name: "conv2d",
  scope: "image",
  attributes: conv2dRules,
  inputCount: 1,
  parameterLayouts: ["convolution", "rows"],
  checkParameters: ([input], attributes, given) =>
    expectParameters("conv2d", convParameters(input!, attributes), given),
  role: { kind: "layer", firstRow: () => 0 },
  readsChannels: (reading) => weighedChannels(reading, 0),
  keepsChannelsApart: false,
  randomUnits: () => 0,
  multiplyAdds: ([input], { kernelSize }, shape) => kernelSize ** 2 * input![0]! * sizeOf(shape),
  work: {
    forward: { ConvForward: convWork },
    backward: { ConvBackward: notCounted },
  },
  drawing: {
    family: "conv",
    caption: ([input], { kernelSize: k }, [out]) => `conv ${k}×${k}, ${input![0]} → ${out}`,
    continuesLayer: false,
  },

  shape: ([input], attributes) => convolvedShape("conv2d", input, attributes),

  forward({ inputs, parameters, attributes: { kernelSize: k }, shape }) {
    const x = inputs[0]!;
    const [inChannels, inRows, inColumns] = mapShape("conv2d", x.shape);
    const [outChannels, rows, columns] = mapShape("conv2d", shape);
    const w = parameters[0]!.values;
    const bias = parameters[1]!.values;
    const y = new Float64Array(outChannels * rows * columns);
    let at = 0;
    for (let o = 0; o < outChannels; o++)
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++) {
          let sum = bias[o]!;
          for (let i = 0; i < inChannels; i++)
            for (let u = 0; u < k; u++)
              for (let v = 0; v < k; v++)
                sum +=
                  w[((o * inChannels + i) * k + u) * k + v]! *
                  x.values[(i * inRows + r + u) * inColumns + c + v]!;
          y[at++] = sum;
        }
    return y;
  },

  // dL/dw[o, i, u, v] = Σ_{r, c} g[o, r, c] · x[i, r + u, c + v]
  // dL/dx[i, r + u, c + v] += g[o, r, c] · w[o, i, u, v]
  // dL/db[o] = Σ_{r, c} g[o, r, c]
  backward({ inputs, parameters, attributes: { kernelSize: k }, shape, gradient }) {
    const x = inputs[0]!;
    const [inChannels, inRows, inColumns] = mapShape("conv2d", x.shape);
    const [outChannels, rows, columns] = mapShape("conv2d", shape);
    const w = parameters[0]!.values;
    const dx = new Float64Array(x.values.length);
    const dw = new Float64Array(w.length);
    const db = new Float64Array(outChannels);
    let at = 0;
    for (let o = 0; o < outChannels; o++)
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++) {
          const g = gradient[at++]!;
          db[o]! += g;
          for (let i = 0; i < inChannels; i++)
            for (let u = 0; u < k; u++)
              for (let v = 0; v < k; v++) {
                const xAt = (i * inRows + r + u) * inColumns + c + v;
                const wAt = ((o * inChannels + i) * k + u) * k + v;
                dw[wAt]! += g * x.values[xAt]!;
                dx[xAt]! += g * w[wAt]!;
              }
        }
    return { inputs: [dx], parameters: [dw, db] };
  },

  emitForward(k) {
    const [inChannels, inRows, inColumns] = mapShape("conv2d", k.inputShapes[0]);
    const { outChannels, kernelSize } = k.attributes;
    const taps = kernelSize * kernelSize * inChannels;
    const packed = k.scratch("packed", packedConvSize(outChannels, taps));
    k.prologue("ConvPack", {
      packed,
      weight: k.parameter(0),
      live: 0,
      outChannels,
      kernel: kernelSize,
      rowLength: kernelSize * inChannels,
      rowStride: k.rowStride(0),
    });
    k.call("ConvForward", {
      x: k.input(0),
      packed,
      bias: k.parameter(1),
      y: k.output(),
      ...{ inRows, inColumns, inChannels, outChannels, kernel: kernelSize },
    });
  },

  emitBackward: (k) => emitConvBackward(k, 0),
};

/** Multiply-adds of forward, with channels padded to whole vectors. */
export function convWork({ attributes, inputShapes, shape }: StepFacts<Conv2dAttributes>): number {
  const { outChannels, kernelSize } = attributes;
  const taps = kernelSize ** 2 * inputShapes[0]![0]!;
  return packedConvSize(outChannels, taps) * sizeOf(shape.slice(1));
}

/** Shape of a convolution's result; `op` is named in errors. */
export function convolvedShape(
  op: string,
  input: Shape | undefined,
  { outChannels, kernelSize }: Conv2dAttributes,
): Shape {
  const [, rows, columns] = mapShape(op, input);
  if (rows < kernelSize || columns < kernelSize) {
    throw new InputError(op, `a map of at least ${kernelSize}×${kernelSize}`, showShape(input!));
  }
  return [outChannels, rows - kernelSize + 1, columns - kernelSize + 1];
}

/** @param gCoords gradient of the coordinate channels' weights, see `coordConv2d`; 0 for none */
export function emitConvBackward(k: KernelContext<Conv2dAttributes>, gCoords: Pointer): void {
  const [inChannels, inRows, inColumns] = mapShape("conv2d", k.inputShapes[0]);
  const { outChannels, kernelSize } = k.attributes;
  k.call("ConvBackward", {
    x: k.input(0),
    gy: k.outputGradient(),
    weight: k.parameter(0),
    gWeight: k.parameterGradient(0),
    gBias: k.parameterGradient(1),
    gx: k.inputGradient(0),
    gCoords,
    list: k.scratch("list", gradientListSize(k.shape)),
    ...{ inRows, inColumns, inChannels, outChannels, kernel: kernelSize },
    rowStride: k.rowStride(0),
  });
}

/**
 * Convolution with a square kernel, stride 1, no padding; parameters `name.weight`
 * `[out, in, k, k]` and `name.bias` `[out]`, both uniform in ±1/√(in·k²) as in PyTorch.
 *
 * @param x map `[in, rows, columns]`
 * @returns map `[out, rows − k + 1, columns − k + 1]`
 * @throws InputError where the map is smaller than the kernel, or another layer has the name
 */
export function conv2d(x: Tensor, name: string, options: Conv2dOptions): Tensor {
  return addConvolution(conv2dOp, x, name, options, 0);
}

/** Adds a convolution whose weight reads `appended` channels besides the map's own. */
export function addConvolution(
  op: ImageOp<Conv2dAttributes>,
  x: Tensor,
  name: string,
  options: Conv2dOptions,
  appended: number,
): Tensor {
  checkLayer(op.name, x, name, options, Object.keys(op.attributes));
  const { share, ...attributes } = options;
  const inChannels = mapShape(op.name, x.shape)[0] + appended;
  const bound = 1 / Math.sqrt(inChannels * attributes.kernelSize ** 2);
  const initialization = { kind: "uniform", bound } as const;
  const [weight, bias] = convParameters(x.shape, attributes, appended);
  return addNode(op, {
    inputs: [x],
    attributes,
    parameters: [
      { name: `${name}.weight`, shape: weight, initialization },
      { name: `${name}.bias`, shape: bias, initialization },
    ],
    share,
    label: name,
  });
}
