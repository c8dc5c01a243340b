import { sizeOf } from "../../../graph/graph.js";
import { addOp } from "../../../graph/ops/add.js";
import { affineGridOp } from "../../../graph/ops/affine-grid.js";
import { channelMaxOp } from "../../../graph/ops/channel-max.js";
import { channelMeanOp } from "../../../graph/ops/channel-mean.js";
import { divOp } from "../../../graph/ops/div.js";
import { eluOp } from "../../../graph/ops/elu.js";
import { geluOp } from "../../../graph/ops/gelu.js";
import { globalAvgPool2dOp } from "../../../graph/ops/global-avg-pool2d.js";
import { gridSampleOp } from "../../../graph/ops/grid-sample.js";
import { leakyReluOp } from "../../../graph/ops/leaky-relu.js";
import { logSoftmaxOp } from "../../../graph/ops/log-softmax.js";
import { mulOp } from "../../../graph/ops/mul.js";
import type { OpDefinition } from "../../../graph/ops/op.js";
import { reluOp } from "../../../graph/ops/relu.js";
import { sigmoidOp } from "../../../graph/ops/sigmoid.js";
import { softmaxOp } from "../../../graph/ops/softmax.js";
import { subOp } from "../../../graph/ops/sub.js";
import { tanhOp } from "../../../graph/ops/tanh.js";
import type { ErrorFunction, ImageValue, NodeReader, Value } from "./context.js";
import { addLinear, type Handler, pooled } from "./layers.js";
import type { Constant } from "./read-file.js";
import { extentOf, sameDims, unsupported, type View, viewOf } from "./view.js";

/** An op of each value alone: the order of the axes does not matter. */
function eachValue<A extends object>(
  op: OpDefinition<A>,
  attributes: (node: NodeReader) => A,
): Handler {
  return (node) => {
    const { base, dims, factor } = node.view(0);
    const result = node.add(op, [node.scaled(base, factor)], attributes(node));
    return { kind: "view", base: result, dims, factor: 1 };
  };
}

type Operator = "Add" | "Sub" | "Mul" | "Div";

const operators = { Add: addOp, Sub: subOp, Mul: mulOp, Div: divOp };

function arithmetic(operator: Operator): Handler {
  return (node) => {
    const [a, b] = [node.value(0), node.value(1)];
    if (a.kind === "constant" && b.kind === "constant") return folded(node, operator, a, b);
    if (b.kind === "constant" && b.values.length === 1)
      return withNumber(node, operator, a, b.values[0]!);
    if (a.kind === "constant" && a.values.length === 1)
      return numberFirst(node, operator, a.values[0]!, b);
    const gelu = operator === "Mul" ? (geluOf(node, a, b) ?? geluOf(node, b, a)) : undefined;
    if (gelu) return gelu;
    const biased = operator === "Add" ? (withBias(node, a, b) ?? withBias(node, b, a)) : undefined;
    if (biased) return biased;
    return twoTensors(node, operator, a, b);
  };
}

function folded(node: NodeReader, operator: Operator, a: Constant, b: Constant): Constant {
  if (a.values.length !== b.values.length && b.values.length !== 1) {
    throw unsupported(node.at, "constants of two sizes");
  }
  const compute = { Add: (x: number, y: number) => x + y, Sub: (x: number, y: number) => x - y };
  const more = { Mul: (x: number, y: number) => x * y, Div: (x: number, y: number) => x / y };
  const value = { ...compute, ...more }[operator];
  const values = Array.from(a.values, (x, at) =>
    value(x, b.values[b.values.length === 1 ? 0 : at]!),
  );
  return { ...a, name: node.label, values };
}

function withNumber(node: NodeReader, operator: Operator, a: Value, number: number): Value {
  const factor = operator === "Mul" ? number : operator === "Div" ? 1 / number : undefined;
  const term = operator === "Add" ? number : -number;
  if (a.kind === "image") return imageStep(a, operator, number);
  if (a.kind === "product" && !a.softmax && factor !== undefined)
    return { ...a, scale: a.scale * factor };
  if (a.kind === "erf" && operator === "Add" && number === 1) return { ...a, plusOne: true };
  const view = node.asView(a);
  if (factor !== undefined) return { ...view, factor: view.factor * factor };
  const sum = node.add(addOp, [node.scaled(view.base, view.factor)], { number: term });
  return { ...view, base: sum, factor: 1 };
}

function numberFirst(node: NodeReader, operator: Operator, number: number, b: Value): Value {
  if (operator === "Add" || operator === "Mul") return withNumber(node, operator, b, number);
  const { base, dims, factor } = node.asView(b);
  const x = node.scaled(base, factor);
  const result = node.add(operators[operator], [x], { number, numberFirst: true });
  return { kind: "view", base: result, dims, factor: 1 };
}

function imageStep(image: ImageValue, operator: Operator, number: number): ImageValue {
  const { scale, shift } = image;
  if (operator === "Add") return { ...image, shift: shift + number };
  if (operator === "Sub") return { ...image, shift: shift - number };
  const factor = operator === "Mul" ? number : 1 / number;
  const by255 = image.by255 || Math.abs(factor * 255 - 1) < 1e-6;
  return { ...image, scale: scale * factor, shift: shift * factor, by255 };
}

/** `x · (1 + erf(x / √2))` with what both are multiplied by: PyTorch's GELU where there is no node for it. */
function geluOf(node: NodeReader, x: Value, other: Value): View | undefined {
  if (other.kind !== "erf" || !other.plusOne || x.kind !== "view") return undefined;
  const { of } = other as ErrorFunction;
  if (of.base !== x.base || !sameDims(of.dims, x.dims)) return undefined;
  if (Math.abs(of.factor * Math.SQRT2 - 1) > 1e-4) return undefined;
  const result = node.add(geluOp, [x.base], { approximate: "none" });
  return { ...x, base: result, factor: 2 * x.factor };
}

/** The bias of a linear layer that was written as a product and a sum. */
function withBias(node: NodeReader, a: Value, b: Value): View | undefined {
  if (a.kind !== "view" || b.kind !== "constant" || a.factor !== 1) return undefined;
  const open = node.state.open.get(a.base);
  const isList = sizeOf(b.shape) === a.base.shape[0] && b.shape.at(-1) === a.base.shape[0];
  if (open === undefined || !isList || extentOf(a.dims.at(-1)!) !== a.base.shape[0])
    return undefined;
  return { ...a, base: addLinear(node, open, b) };
}

function twoTensors(node: NodeReader, operator: Operator, a: Value, b: Value): View {
  const op = operators[operator];
  const rank = Math.max(...[a, b].map((value) => (value.kind === "view" ? value.dims.length : 0)));
  const [x, y] = [a, b].map((value) =>
    value.kind === "constant" ? node.spreadView(value, rank) : node.asView(value),
  ) as [View, View];
  const sameOrder = sameDims(x.dims, y.dims) && x.base.shape.join() === y.base.shape.join();
  if (sameOrder) {
    const operands = [x, y].map(({ base, factor }) => node.scaled(base, factor));
    return { ...x, base: node.add(op, operands, {}), factor: 1 };
  }
  return viewOf(node.add(op, [node.tensor(x), node.tensor(y)], {}));
}

function clip(node: NodeReader): Value {
  const bound = (index: number, name: string, none: number) =>
    node.has(index) ? node.constant(index).values[0]! : node.attributes.float(name, none);
  const [least, most] = [bound(1, "min", -Infinity), bound(2, "max", Infinity)];
  if (least !== 0 || most < 3e38) throw unsupported(node.at, `bounds ${least} and ${most}`);
  return eachValue(reluOp, () => ({}))(node) as Value;
}

function softmax(node: NodeReader): Value {
  const value = node.value(0);
  const axis = node.attributes.number("axis", -1);
  if (value.kind === "product") {
    const rank = value.a.dims.length;
    if (axis !== -1 && axis !== rank - 1) throw unsupported(node.at, `axis ${axis}, not the last`);
    return { ...value, softmax: true };
  }
  const x = node.input(0);
  const rank = x.shape.length + 1;
  const own = axis < 0 ? axis + rank : axis;
  if (own === 1) {
    const result = node.add(softmaxOp, [x], { over: "channels" });
    if (x.shape.length === 1) node.state.logits.set(result, x);
    return viewOf(result);
  }
  if (own === 2 && rank === 3) return viewOf(node.add(softmaxOp, [x], { over: "positions" }));
  throw unsupported(node.at, `axis ${axis} of ${rank}`);
}

function logSoftmax(node: NodeReader): Value {
  const axis = node.attributes.number("axis", -1);
  const x = node.input(0);
  if (x.shape.length !== 1 || (axis !== -1 && axis !== 1))
    throw unsupported(node.at, "other axes than the classes'");
  return viewOf(node.add(logSoftmaxOp, [x], {}));
}

/** A mean or maximum over channels, or a mean over positions. */
function reduce(op: typeof channelMeanOp, isMean: boolean): Handler {
  return (node) => {
    const keep = node.attributes.number("keepdims", 1) === 1;
    const view = node.view(0);
    const rank = view.dims.length;
    const axes = (node.integers(1, "axes") ?? []).map((axis) => (axis < 0 ? axis + rank : axis));
    if (axes.join() === "1" && rank === 4) {
      const result = viewOf(node.add(op, [node.input(0)], {}));
      return keep ? result : { ...result, dims: result.dims.toSpliced(1, 1) };
    }
    if (isMean && rank === 4 && axes.toSorted((a, b) => a - b).join() === "2,3") {
      const result = node.add(globalAvgPool2dOp, [node.input(0)], {});
      return keep ? pooled(result) : viewOf(result);
    }
    // Tokens [batch, token, channel].
    if (isMean && rank === 3 && axes.join() === "1" && !keep) {
      return viewOf(node.add(globalAvgPool2dOp, [node.channelsFirst(view).map], {}));
    }
    throw unsupported(node.at, `axes [${axes.join(", ")}] of ${rank}`);
  };
}

function affineGrid(node: NodeReader): Value {
  const theta = node.view(0);
  const size = Array.from(node.constant(1).values);
  if (size.length !== 4) throw unsupported(node.at, "a grid of three axes");
  const flat = { ...theta, dims: [theta.dims[0]!, theta.dims.slice(1).flat()] };
  const [, , rows, columns] = size as [number, number, number, number];
  const alignCorners = node.attributes.number("align_corners", 0) === 1;
  const grid = node.add(affineGridOp, [node.tensor(flat)], { rows, columns, alignCorners });
  const { dims, ...rest } = viewOf(grid);
  return { ...rest, dims: [dims[0]!, dims[2]!, dims[3]!, dims[1]!] };
}

function gridSample(node: NodeReader): Value {
  const grid = node.view(1);
  if (grid.dims.length !== 4) throw unsupported(node.at, "a grid of three axes");
  const [batch, rows, columns, axes] = grid.dims;
  const map = node.tensor({ ...grid, dims: [batch!, axes!, rows!, columns!] });
  const mode = node.attributes.text("mode", "linear");
  if (mode !== "linear" && mode !== "bilinear") throw unsupported(node.at, `mode ${mode}`);
  const padding = node.attributes.text("padding_mode", "zeros");
  const attributes = {
    alignCorners: node.attributes.number("align_corners", 0) === 1,
    ...(padding !== "zeros" && { paddingMode: padding as "border" }),
  };
  return viewOf(node.add(gridSampleOp, [node.input(0), map], attributes));
}

/** Nodes of each value alone, sums and products, softmaxes, means, and the sampler. */
export const elementwise: Readonly<Record<string, Handler>> = {
  Relu: eachValue(reluOp, () => ({})),
  Sigmoid: eachValue(sigmoidOp, () => ({})),
  Tanh: eachValue(tanhOp, () => ({})),
  Elu: eachValue(eluOp, (node) => ({ alpha: node.attributes.float("alpha", 1) })),
  LeakyRelu: eachValue(leakyReluOp, (node) => ({
    negativeSlope: node.attributes.float("alpha", 0.01),
  })),
  Gelu: eachValue(geluOp, (node) => ({
    approximate: node.attributes.text("approximate", "none") as "none" | "tanh",
  })),
  Erf: (node) => ({ kind: "erf", of: node.view(0), plusOne: false }),
  Clip: clip,
  Add: arithmetic("Add"),
  Sub: arithmetic("Sub"),
  Mul: arithmetic("Mul"),
  Div: arithmetic("Div"),
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  ReduceMean: reduce(channelMeanOp, true),
  ReduceMax: reduce(channelMaxOp, false),
  AffineGrid: affineGrid,
  GridSample: gridSample,
  Cast: (node) => node.value(0),
  Identity: (node) => node.value(0),
  Dropout: (node) => node.value(0),
};
