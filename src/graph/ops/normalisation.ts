// What the normalisations share.

import type { Tensor } from "../builder.js";
import { type Parameter, type Shape, sizeOf } from "../graph.js";
import type { ReferenceCall, ReferenceGradientCall, ReferenceGradients } from "./op.js";
import { expectParameters } from "./parameters.js";

interface Affine {
  readonly eps: number;
  readonly affine: boolean;
}

/** Shapes of weight and bias. @throws InputError in the op's name where they do not fit */
export function checkAffine(
  op: string,
  input: Shape,
  affine: boolean,
  given: readonly Shape[],
): void {
  const list = [input[0]!];
  expectParameters(op, affine ? [list, list] : [], given);
}

/** `name.weight`, first 1, and `name.bias`, first 0. */
export function affineParameters(x: Tensor, name: string): Parameter[] {
  const shape = [x.shape[0] ?? 1];
  return [
    { name: `${name}.weight`, shape, initialization: { kind: "constant", value: 1 } },
    { name: `${name}.bias`, shape, initialization: { kind: "constant", value: 0 } },
  ];
}

/** An image's values with those of each group normalised: `unit`, and σ per group. */
function normalised(call: ReferenceCall<Affine>, groupOf: (at: number) => number) {
  const { values } = call.inputs[0]!;
  const count: number[] = [];
  const mean: number[] = [];
  const variance: number[] = [];
  values.forEach((_, at) => {
    count[groupOf(at)] = (count[groupOf(at)] ?? 0) + 1;
  });
  values.forEach((x, at) => {
    const j = groupOf(at);
    mean[j] = (mean[j] ?? 0) + x / count[j]!;
  });
  values.forEach((x, at) => {
    const j = groupOf(at);
    variance[j] = (variance[j] ?? 0) + (x - mean[j]!) ** 2 / count[j]!;
  });
  const deviation = variance.map((v) => Math.sqrt(v + call.attributes.eps));
  const unit = values.map((x, at) => (x - mean[groupOf(at)]!) / deviation[groupOf(at)]!);
  return { unit, deviation, count };
}

/** The channel of the value with index `at`. */
export function channelOf(shape: Shape, at: number): number {
  return Math.floor(at / sizeOf(shape.slice(1)));
}

/** Group norm and layer norm: mean and variance are those of a value's group. */
export function groupNormValues(
  call: ReferenceCall<Affine>,
  groupOf: (at: number) => number,
): Float64Array {
  const { unit } = normalised(call, groupOf);
  if (!call.attributes.affine) return unit;
  const [weight, bias] = call.parameters;
  return unit.map((x, at) => {
    const c = channelOf(call.shape, at);
    return x * weight!.values[c]! + bias!.values[c]!;
  });
}

/**
 * With x̂ = (x − μ) / σ and h = g · weight: dL/dx = (h − mean(h) − x̂ · mean(h · x̂)) / σ with means over the group,
 * dL/dweight[c] = Σ g · x̂ and dL/dbias[c] = Σ g over the positions.
 */
export function groupNormGradients(
  call: ReferenceGradientCall<Affine>,
  groupOf: (at: number) => number,
): ReferenceGradients {
  const { unit, deviation, count } = normalised(call, groupOf);
  const { affine } = call.attributes;
  const channels = call.shape[0]!;
  const [dw, db] = [new Float64Array(channels), new Float64Array(channels)];
  const meanH = new Float64Array(count.length);
  const meanP = new Float64Array(count.length);
  const h = call.gradient.map((g, at) => {
    const [c, j] = [channelOf(call.shape, at), groupOf(at)];
    const own = affine ? g * call.parameters[0]!.values[c]! : g;
    dw[c]! += g * unit[at]!;
    db[c]! += g;
    meanH[j]! += own / count[j]!;
    meanP[j]! += (own * unit[at]!) / count[j]!;
    return own;
  });
  const dx = h.map((own, at) => {
    const j = groupOf(at);
    return (own - meanH[j]! - unit[at]! * meanP[j]!) / deviation[j]!;
  });
  return { inputs: [dx], parameters: affine ? [dw, db] : [] };
}

/** Values of a list with one value per channel, as kernels/norm.ts stores it. */
export function listSize(shape: Shape): number {
  return Math.ceil(shape[0]! / 4) * 4;
}

/** What the kernels need to know of a map's or a vector's shape. */
export function extents(shape: Shape): { positions: number; channels: number } {
  return { positions: sizeOf(shape.slice(1)), channels: shape[0]! };
}
