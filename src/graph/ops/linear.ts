import { checkOptions, shown } from "../../arguments.js";
import { InputError } from "../../errors.js";
import {
  addNode,
  checkLayer,
  checkTensor,
  inNetwork,
  type Sharing,
  type Tensor,
} from "../builder.js";
import { type Initialization, type Parameter, type Shape, sizeOf } from "../graph.js";
import type { OnnxValue, OnnxWriter } from "../onnx.js";
import {
  type AttributeRules,
  applyRules,
  boolean,
  text,
  wholeNumber,
  withDefault,
} from "./attributes.js";
import { weighedChannels } from "./channels.js";
import { onnxSlice } from "./onnx-nodes.js";
import type { ImageOp, KernelContext, Pointer, Tensor64 } from "./op.js";
import { expectParameters, parametersError } from "./parameters.js";
import { vectorOrMap } from "./shapes.js";
import { notCounted } from "./work.js";

export interface LinearAttributes {
  readonly outFeatures: number;
  /** First row of the weight (and bias) that this layer uses; several layers may share one packed weight. */
  readonly rowOffset: number;
  readonly bias: boolean;
}

/** Input features, and the number of positions: 1 for a vector, rows × columns for a map. */
function featuresAndPositions(shape: Shape | undefined): { features: number; positions: number } {
  const [features = 0, ...positions] = vectorOrMap("linear", shape);
  return { features, positions: sizeOf(positions) };
}

/** The value at `[row, feature]` of a weight. */
function weightAt(weight: Tensor64, row: number, feature: number): number {
  return weight.values[row * weight.shape[1]! + feature]!;
}

/** All that is known of {@link linear}. */
export const linearOp: ImageOp<LinearAttributes> = {
  name: "linear",
  scope: "image",
  attributes: {
    outFeatures: wholeNumber(1),
    rowOffset: withDefault(wholeNumber(0), 0),
    bias: withDefault(boolean, true),
  },
  inputCount: 1,
  parameterLayouts: ["rows", "rows"],
  checkParameters([input], { outFeatures, rowOffset, bias }, given) {
    const { features } = featuresAndPositions(input);
    const least = rowOffset + outFeatures;
    const rows = given[0]?.[0] ?? 0;
    if (rows < least) {
      const weight = `[rows, ${features}]${bias ? " and [rows]" : ""}`;
      throw parametersError("linear", `${weight} with rows of ${least} or more`, given);
    }
    expectParameters("linear", bias ? [[rows, features], [rows]] : [[rows, features]], given);
  },
  role: { kind: "layer", firstRow: ({ rowOffset }) => rowOffset },
  readsChannels: (reading) => weighedChannels(reading, reading.attributes.rowOffset),
  keepsChannelsApart: false,
  randomUnits: () => 0,
  multiplyAdds: ([input], _attributes, shape) => input![0]! * sizeOf(shape),
  work: {
    forward: { LinearForward: notCounted, LinearMapForward: notCounted },
    backward: { LinearBackward: notCounted, LinearMapBackward: notCounted },
  },
  drawing: {
    family: "linear",
    caption: ([input], _attributes, [out]) => `linear ${input![0]} → ${out}`,
    continuesLayer: false,
  },

  shape([input], { outFeatures }): Shape {
    featuresAndPositions(input);
    return [outFeatures, ...input!.slice(1)];
  },

  forward({ inputs, parameters, attributes: { outFeatures, rowOffset } }) {
    const x = inputs[0]!;
    const { features, positions } = featuresAndPositions(x.shape);
    const y = new Float64Array(outFeatures * positions);
    for (let o = 0; o < outFeatures; o++)
      for (let p = 0; p < positions; p++) {
        let sum = parameters[1]?.values[rowOffset + o] ?? 0;
        for (let i = 0; i < features; i++)
          sum += weightAt(parameters[0]!, rowOffset + o, i) * x.values[i * positions + p]!;
        y[o * positions + p] = sum;
      }
    return y;
  },

  // dL/dw[o, i] = Σ_p g[o, p] · x[i, p];  dL/db[o] = Σ_p g[o, p];  dL/dx[i, p] = Σ_o g[o, p] · w[o, i]
  backward({ inputs, parameters, attributes: { outFeatures, rowOffset }, gradient }) {
    const x = inputs[0]!;
    const { features, positions } = featuresAndPositions(x.shape);
    const dx = new Float64Array(x.values.length);
    const [dw, db] = parameters.map(({ values }) => new Float64Array(values.length));
    for (let o = 0; o < outFeatures; o++)
      for (let p = 0; p < positions; p++) {
        const g = gradient[o * positions + p]!;
        if (db) db[rowOffset + o]! += g;
        for (let i = 0; i < features; i++) {
          dw![(rowOffset + o) * features + i]! += g * x.values[i * positions + p]!;
          dx[i * positions + p]! += g * weightAt(parameters[0]!, rowOffset + o, i);
        }
      }
    return { inputs: [dx], parameters: db ? [dw!, db] : [dw!] };
  },

  onnx(onnx) {
    const { bias } = onnx.attributes;
    const positions = onnx.inputShapes[0]!.slice(1);
    const x = onnx.input(0);
    const weight = onnxRows(onnx, 0);
    const offset = bias ? [onnxRows(onnx, 1)] : [];
    if (positions.length === 0) return onnx.add("Gemm", [x, weight, ...offset], { transB: 1 });
    // The same at every position: a convolution with a kernel of 1×1.
    const kernel = onnx.add("Unsqueeze", [weight, onnx.integers("axes", [2, 3])]);
    return onnx.add("Conv", [x, kernel, ...offset], { kernel_shape: [1, 1] });
  },

  emitForward(k) {
    const { features, positions } = featuresAndPositions(k.inputShapes[0]);
    const { outFeatures, rowOffset } = k.attributes;
    const stride = k.rowStride(0);
    const bias = k.attributes.bias ? k.parameter(1) : 0;
    const weight = weightRows(k);
    const [x, y] = [k.input(0), k.output()];
    const sizes = { biasOffset: rowOffset, features, outFeatures };
    if (positions === 1) {
      k.call("LinearForward", { x, weight, bias, y, list: nonZero(k), stride, ...sizes });
      return;
    }
    const packed = k.scratch("packed", Math.ceil(outFeatures / 4) * 4 * features);
    k.prologue("LinearPack", { packed, weight, features, outFeatures, stride });
    k.call("LinearMapForward", { x, packed, bias, y, positions, ...sizes });
  },

  emitBackward(k) {
    const { features, positions } = featuresAndPositions(k.inputShapes[0]);
    const { outFeatures, rowOffset } = k.attributes;
    const words = {
      x: k.input(0),
      gy: k.outputGradient(),
      weight: weightRows(k),
      gWeight: k.parameterGradient(0) + weightOffsetBytes(k),
      gBias: k.attributes.bias ? k.parameterGradient(1) : 0,
      gx: k.inputGradient(0),
      ...{ biasOffset: rowOffset, features, outFeatures, stride: k.rowStride(0) },
    };
    if (positions === 1) k.call("LinearBackward", { ...words, list: nonZero(k) });
    else k.call("LinearMapBackward", { ...words, positions });
  },
};

/** The layer's rows of a parameter, which a packed one shares with others. */
function onnxRows(onnx: OnnxWriter<LinearAttributes>, index: number): OnnxValue {
  const { rowOffset, outFeatures } = onnx.attributes;
  const parameter = onnx.parameter(index);
  if (onnx.parameterShape(index)[0] === outFeatures) return parameter;
  return onnxSlice(onnx, parameter, 0, [rowOffset, rowOffset + outFeatures]);
}

type LinearKernels = KernelContext<LinearAttributes>;

function weightRows(k: LinearKernels): number {
  return k.parameter(0) + weightOffsetBytes(k);
}

/** Memory for a list of the input's vectors, or the gradient's rows, that are not 0. */
function nonZero(k: LinearKernels): Pointer {
  return k.scratch("nonZero", Math.max(k.rowStride(0) / 4, k.attributes.outFeatures));
}

/** A multiple of 16 bytes, as rows are, so that a pointer plus it keeps its `Space`. For a bias, kernels get the offset. */
function weightOffsetBytes(k: LinearKernels): number {
  return k.attributes.rowOffset * k.rowStride(0) * 4;
}

/**
 * Affine map of the features, the same at every position.
 *
 * `y[o, p] = b[o] + Σ_i w[o, i] · x[i, p]`
 *
 * [in] → [out], or [in, rows, columns] → [out, rows, columns]. As `torch.nn.Linear`.
 *
 * Parameters `name.weight` `[out, in]` and `name.bias`
 * `[out]`, both uniform in ±1/√in as in PyTorch.
 *
 * @param x vector `[in]` or map `[in, rows, columns]`
 * @param options.outFeatures features of the result
 * @param options.bias default true
 * @param options.initialization `[weight, bias]` instead of PyTorch's default
 * @example
 * const logits = linear(flatten(x), "fc", { outFeatures: 10 }); // [10]
 * const mixed = linear(x, "mix", { outFeatures: 16 }); // [16, 14, 14], at every position
 */
export function linear(
  x: Tensor,
  name: string,
  options: Sharing & {
    readonly outFeatures: number;
    readonly bias?: boolean;
    readonly initialization?: readonly [Initialization, Initialization];
  },
): Tensor {
  checkLayer("linear", x, name, options, ["outFeatures", "bias", "initialization"]);
  const { features } = inNetwork("linear", name, [x], () => featuresAndPositions(x.shape));
  const { initialization, share, bias = true, ...others } = options;
  const { outFeatures } = others;
  const uniform = { kind: "uniform", bound: 1 / Math.sqrt(features) } as const;
  if (
    initialization !== undefined &&
    !(Array.isArray(initialization) && initialization.length === 2)
  ) {
    throw new InputError("linear", "initialization to be [weight, bias]", shown(initialization));
  }
  const [weight, offset] = initialization ?? [uniform, uniform];
  const parameters: Parameter[] = [
    { name: `${name}.weight`, shape: [outFeatures, features], initialization: weight },
  ];
  if (bias) parameters.push({ name: `${name}.bias`, shape: [outFeatures], initialization: offset });
  const attributes = { rowOffset: 0, bias, ...others };
  return addNode(linearOp, { inputs: [x], attributes, parameters, share, label: name });
}

/** Names of a packed layer's parameters. */
export interface PackedNames {
  readonly weight: string;
  readonly bias: string;
}

/** Which slice of a packed layer. */
export interface PackedSlice {
  readonly index: number;
  readonly slices: number;
  /** Rows of each slice. */
  readonly outFeatures: number;
}

const packedRules = {
  names: { weight: text, bias: text } satisfies AttributeRules<PackedNames>,
  slice: {
    index: wholeNumber(0),
    slices: wholeNumber(1),
    outFeatures: wholeNumber(1),
  } satisfies AttributeRules<PackedSlice>,
};

/**
 * One slice of a packed linear layer: rows `index · out … (index + 1) · out − 1` of the weight `[slices · out, in]`, as
 * `torch.nn.MultiheadAttention` packs its three input projections in `in_proj_weight` (Xavier-uniform for the whole
 * weight) and `in_proj_bias` (0).
 *
 * @param x vector `[in]` or map `[in, rows, columns]`
 * @param names names of the packed weight and bias
 * @example
 * const names = { weight: "attention.in_proj_weight", bias: "attention.in_proj_bias" };
 * const [q, k, v] = [0, 1, 2].map((index) => packedLinear(x, names, { index, slices: 3, outFeatures: 8 }));
 */
export function packedLinear(x: Tensor, names: PackedNames, slice: PackedSlice & Sharing): Tensor {
  checkTensor("packedLinear", x);
  checkOptions("packedLinear", slice, [...Object.keys(packedRules.slice), "share"]);
  const { features } = inNetwork("linear", names?.weight, [x], () => featuresAndPositions(x.shape));
  const { share, ...part } = slice;
  const { weight, bias } = applyRules("packedLinear", packedRules.names, names);
  const { index, slices, outFeatures } = applyRules("packedLinear", packedRules.slice, part);
  const rows = slices * outFeatures;
  const xavier = { kind: "uniform", bound: Math.sqrt(6 / (features + rows)) } as const;
  return addNode(linearOp, {
    inputs: [x],
    attributes: { outFeatures, rowOffset: index * outFeatures, bias: true },
    parameters: [
      { name: weight, shape: [rows, features], initialization: xavier },
      { name: bias, shape: [rows], initialization: { kind: "constant", value: 0 } },
    ],
    share,
    packed: true,
    label: `${weight}[${index}]`,
  });
}
