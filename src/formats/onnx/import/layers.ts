import { InputError } from "../../../errors.js";
import type { Tensor } from "../../../graph/builder.js";
import { sizeOf } from "../../../graph/graph.js";
import { avgPool2dOp } from "../../../graph/ops/avg-pool2d.js";
import { batchNorm1dOp, batchNorm2dOp } from "../../../graph/ops/batch-norm.js";
import { conv2dOp } from "../../../graph/ops/conv2d.js";
import { coordConv2dOp } from "../../../graph/ops/coord-conv2d.js";
import { globalAvgPool2dOp } from "../../../graph/ops/global-avg-pool2d.js";
import { globalMaxPool2dOp } from "../../../graph/ops/global-max-pool2d.js";
import { groupNormOp } from "../../../graph/ops/group-norm.js";
import { layerNormOp } from "../../../graph/ops/layer-norm.js";
import { linearOp } from "../../../graph/ops/linear.js";
import { maxPool2dOp } from "../../../graph/ops/max-pool2d.js";
import { shortestPool } from "../../../graph/ops/pool-windows.js";
import type { NodeReader, OpenLinear, Value } from "./context.js";
import type { Constant } from "./read-file.js";
import { unsupported, type View, viewOf } from "./view.js";

/** Reads a node. */
export type Handler = (node: NodeReader) => Value | readonly Value[];

type Pair = readonly [number, number];

/** Zeros on each side. @throws InputError where the sides differ */
function paddingOf(node: NodeReader): Pair {
  const auto = node.attributes.text("auto_pad", "NOTSET");
  const [top = 0, left = 0, bottom = top, right = left] = node.attributes.list("pads") ?? [];
  if (auto !== "NOTSET" && auto !== "VALID") throw unsupported(node.at, `auto_pad ${auto}`);
  if (auto === "VALID") return [0, 0];
  if (top === bottom && left === right) return [top, left];
  throw unsupported(
    node.at,
    `pads [${[top, left, bottom, right]}], which differ from side to side`,
  );
}

function convolution(node: NodeReader): View {
  const x = node.input(0);
  const weight = node.constant(1);
  if (weight.shape.length !== 4)
    throw unsupported(node.at, `a weight of ${weight.shape.length} axes`);
  const [outChannels, , rows, columns] = weight.shape as [number, number, number, number];
  const pair = (name: string) => (node.attributes.list(name) ?? [1, 1]) as unknown as Pair;
  const [stride, dilation] = [pair("strides"), pair("dilations")];
  const one = ([a, b]: Pair) => (a === b ? a : ([a, b] as const));
  const attributes = {
    ...{
      outChannels,
      kernelSize: one([rows, columns]),
      stride: one(stride),
      dilation: one(dilation),
    },
    ...{ padding: samePadding(node, [rows, columns], stride, dilation) ?? one(paddingOf(node)) },
    ...{ groups: node.attributes.number("group", 1), bias: node.has(2) },
  };
  const parameters = [node.parameter(1), ...(node.has(2) ? [node.parameter(2)] : [])];
  const plain = node.state.withCoordinates.get(x);
  if (plain) return viewOf(node.add(coordConv2dOp, [plain], attributes, parameters));
  return viewOf(node.add(conv2dOp, [x], attributes, parameters));
}

/** "same" where the zeros of an even kernel are as PyTorch puts them. */
function samePadding(node: NodeReader, kernel: Pair, stride: Pair, dilation: Pair) {
  const pads = node.attributes.list("pads");
  if (pads === undefined || stride.some((each) => each !== 1)) return undefined;
  const spans = kernel.map((extent, axis) => dilation[axis]! * (extent - 1));
  const before = spans.map((span) => Math.floor(span / 2));
  const after = spans.map((span, axis) => span - before[axis]!);
  const isUneven = before.join() !== after.join();
  return isUneven && pads.join() === [...before, ...after].join() ? ("same" as const) : undefined;
}

function poolAttributes(node: NodeReader) {
  node.attributes.expect("ceil_mode", 0);
  for (const each of node.attributes.list("dilations") ?? []) {
    if (each !== 1) throw unsupported(node.at, `dilations ${each}`);
  }
  const kernel = node.attributes.list("kernel_shape") as unknown as Pair;
  if (kernel?.length !== 2) throw unsupported(node.at, "a window that has not two axes");
  const stride = (node.attributes.list("strides") ?? [1, 1]) as unknown as Pair;
  return shortestPool({ kernelSize: kernel, stride, padding: paddingOf(node) });
}

/** The tensor of one value a channel, as a map with one position. */
export function pooled(result: Tensor): View {
  const view = viewOf(result);
  return { ...view, dims: [...view.dims, [], []] };
}

function batchNorm(node: NodeReader): View {
  node.attributes.expect("training_mode", 0);
  const x = node.input(0);
  const parameters = [1, 2, 3, 4].map((at) => node.parameter(at, undefined, at > 2));
  const attributes = { eps: node.attributes.float("epsilon", 1e-5), momentum: 0.1, affine: true };
  const op = x.shape.length === 1 ? batchNorm1dOp : batchNorm2dOp;
  return viewOf(node.add(op, [x], attributes, parameters));
}

function groupNorm(node: NodeReader): View {
  const x = node.input(0);
  const groups = node.attributes.number("num_groups", x.shape[0] ?? 1);
  const attributes = { groups, eps: node.attributes.float("epsilon", 1e-5), affine: true };
  return viewOf(
    node.add(
      groupNormOp,
      [x],
      attributes,
      [1, 2].map((at) => node.parameter(at)),
    ),
  );
}

function layerNorm(node: NodeReader): View {
  const view = node.view(0);
  const axis = node.attributes.number("axis", -1);
  if (axis !== -1 && axis !== view.dims.length - 1)
    throw unsupported(node.at, `axis ${axis}, not the last`);
  const { map, back } = node.channelsFirst(view);
  const weight = node.parameter(1);
  const shift = node.has(2)
    ? node.parameter(2)
    : node.state.parameter(node.at, zeros(`${weight.name}.bias`, map.shape[0]!), [map.shape[0]!]);
  const attributes = { eps: node.attributes.float("epsilon", 1e-5), affine: true };
  return back(node.add(layerNormOp, [map], attributes, [weight, shift]));
}

function zeros(name: string, count: number): Constant {
  return {
    kind: "constant",
    name,
    shape: [count],
    values: new Float64Array(count),
    isInteger: false,
  };
}

/** A constant matrix with rows and columns exchanged. */
export function transposedMatrix({ shape, values, ...rest }: Constant): Constant {
  const [rows, columns] = shape as [number, number];
  const turned = Float64Array.from(
    { length: rows * columns },
    (_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!,
  );
  return { ...rest, shape: [columns, rows], values: turned };
}

function gemm(node: NodeReader): View {
  node.attributes.expect("transA", 0);
  for (const name of ["alpha", "beta"]) {
    const factor = node.attributes.float(name, 1);
    if (factor !== 1) throw unsupported(node.at, `${name} ${factor}`);
  }
  const given = node.constant(1);
  if (given.shape.length !== 2) throw unsupported(node.at, "a weight that is no matrix");
  const weight = node.attributes.number("transB", 0) === 1 ? given : transposedMatrix(given);
  const x = node.input(0);
  const bias = node.has(2) ? node.constant(2) : undefined;
  return viewOf(addLinear(node, { input: x, weight, name: node.label }, bias));
}

/** A linear layer of a vector, or of each position of a map. */
export function addLinear(node: NodeReader, { input, weight }: OpenLinear, bias?: Constant) {
  const [outFeatures = 0, features = 0] = weight.shape;
  if (features !== input.shape[0]) {
    throw new InputError(node.at, `a weight for ${input.shape[0]} features`, String(features));
  }
  const parameters = [
    node.state.parameter(node.at, weight, weight.shape),
    ...(bias ? [node.state.parameter(node.at, bias, [sizeOf(bias.shape)])] : []),
  ];
  const attributes = { outFeatures, rowOffset: 0, bias: bias !== undefined };
  return node.add(linearOp, [input], attributes, parameters);
}

/** Layers with weights, and pools. */
export const layers: Readonly<Record<string, Handler>> = {
  Conv: convolution,
  BatchNormalization: batchNorm,
  GroupNormalization: groupNorm,
  InstanceNormalization: groupNorm,
  LayerNormalization: layerNorm,
  Gemm: gemm,
  MaxPool: (node) => viewOf(node.add(maxPool2dOp, [node.input(0)], poolAttributes(node))),
  AveragePool(node) {
    const attributes = poolAttributes(node);
    const counts = node.attributes.number("count_include_pad", 0) === 1;
    const isPadded = attributes.padding !== undefined;
    const given = { ...attributes, ...(isPadded && !counts && { countIncludePad: false }) };
    return viewOf(node.add(avgPool2dOp, [node.input(0)], given));
  },
  GlobalAveragePool: (node) => pooled(node.add(globalAvgPool2dOp, [node.input(0)], {})),
  GlobalMaxPool: (node) => pooled(node.add(globalMaxPool2dOp, [node.input(0)], {})),
};
