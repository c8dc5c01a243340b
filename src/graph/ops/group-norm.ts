import { InputError } from "../../errors.js";
import { addNode, checkLayer, type Sharing, type Tensor } from "../builder.js";
import { type Parameter, type Shape, sizeOf } from "../graph.js";
import { boolean, numberIn, wholeNumber } from "./attributes.js";
import { everyChannel } from "./channels.js";
import type {
  ImageOp,
  KernelContext,
  Pointer,
  ReferenceCall,
  ReferenceGradientCall,
  ReferenceGradients,
} from "./op.js";
import { expectParameters } from "./parameters.js";
import { vectorOrMap } from "./shapes.js";

export interface GroupNormAttributes {
  /** Number of groups of neighbouring channels; must divide the channels. */
  readonly groups: number;
  /** Added to the variance, so that nothing is divided by 0. */
  readonly eps: number;
  /** Whether the result is scaled by a trained weight and shifted by a trained bias. */
  readonly affine: boolean;
}

/**
 * Normalises each group of channels of an image.
 *
 * `y[c, p] = (x[c, p] − μ[j]) / √(v[j] + eps) · weight[c] + bias[c]`, with mean μ and biased variance v over all positions
 * of all channels of the group j that c belongs to.
 *
 * [channels, rows, columns] or [features] → the same. As `torch.nn.GroupNorm`; with as many groups as channels it is
 * instance norm.
 * Paper: Wu and He, "Group Normalization", ECCV 2018.
 */
export const groupNormOp: ImageOp<GroupNormAttributes> = {
  name: "groupNorm",
  scope: "image",
  attributes: {
    groups: wholeNumber(1),
    eps: numberIn(0),
    affine: boolean,
  },
  inputCount: 1,
  parameterLayouts: ["rows", "rows"],
  checkParameters: ([input], { affine }, given) => checkAffine("groupNorm", input!, affine, given),
  role: { kind: "plain" },
  readsChannels: everyChannel,
  keepsChannelsApart: false,
  randomUnits: () => 0,
  multiplyAdds: () => 0,
  drawing: {
    family: "plain",
    caption: (_inputs, { groups }) => `group norm, ${groups} group${groups === 1 ? "" : "s"}`,
    continuesLayer: true,
  },
  shape([input], { groups }) {
    const shape = vectorOrMap("groupNorm", input);
    if (shape[0]! % groups === 0) return shape;
    throw new InputError("groupNorm", `groups to divide ${shape[0]} channels`, String(groups));
  },

  forward: (call) => groupNormValues(call, groupOf(call)),

  // see `groupNormGradients`
  backward: (call) => groupNormGradients(call, groupOf(call)),

  emitForward(k) {
    const { affine, groups, eps } = k.attributes;
    const moments = k.scratch("moments", 2 * listSize(k));
    const statistics = statisticsMemory(k);
    const weight = affine ? k.parameter(0) : 0;
    k.call("ChannelMoments", { x: k.input(0), moments, ...sizes(k) });
    k.call("GroupNormStatistics", { moments, weight, statistics, ...sizes(k), groups, eps });
    k.call("NormForward", {
      ...{ x: k.input(0), statistics, bias: affine ? k.parameter(1) : 0, y: k.output() },
      ...{ ...sizes(k), relu: 0 },
    });
  },

  emitBackward(k) {
    const { affine, groups } = k.attributes;
    const statistics = statisticsMemory(k);
    const sums = k.scratch("sums", 2 * listSize(k));
    const coefficients = k.scratch("coefficients", 2 * listSize(k));
    const read = { x: k.input(0), gy: k.outputGradient(), y: 0, statistics };
    k.call("NormSums", { ...read, sums, ...sizes(k) });
    k.call("GroupNormSums", {
      ...{ sums, weight: affine ? k.parameter(0) : 0, statistics, coefficients },
      gWeight: affine ? k.parameterGradient(0) : 0,
      gBias: affine ? k.parameterGradient(1) : 0,
      ...{ ...sizes(k), groups },
    });
    const gx = k.inputGradient(0);
    if (gx !== 0) k.call("NormBackward", { ...read, coefficients, gx, ...sizes(k) });
  },
};

/** The group of the value with index `at`. */
function groupOf({ shape, attributes }: ReferenceCall<GroupNormAttributes>) {
  const size = sizeOf(shape) / attributes.groups;
  return (at: number) => Math.floor(at / size);
}

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

/** The value's channel. */
function channelOf(shape: Shape, at: number): number {
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

type GroupNormKernels = KernelContext<GroupNormAttributes>;

/** Values of a list with one value per channel. */
function listSize({ shape }: GroupNormKernels): number {
  return Math.ceil(shape[0]! / 4) * 4;
}

function sizes({ shape }: GroupNormKernels) {
  return { positions: sizeOf(shape.slice(1)), channels: shape[0]! };
}

/** Means, scales and 1 / σ of the channels: `normForward` in kernels/norm.ts. */
function statisticsMemory(k: GroupNormKernels): Pointer {
  return k.saved("statistics", 3 * listSize(k));
}

/**
 * Group norm: parameters `name.weight` (1) and `name.bias` (0), both [channels]. See {@link groupNormOp}.
 *
 * @param x map [channels, rows, columns] or vector [features]
 * @param options.groups number of groups; must divide the channels
 * @param options.eps default 1e-5
 * @param options.affine default true; false leaves weight and bias out
 * @throws InputError where the groups do not divide the channels
 */
export function groupNorm(
  x: Tensor,
  name: string,
  options: Pick<GroupNormAttributes, "groups"> & Partial<GroupNormAttributes> & Sharing,
): Tensor {
  checkLayer("groupNorm", x, name, options, Object.keys(groupNormOp.attributes));
  const { share, ...given } = options;
  const attributes = { eps: 1e-5, affine: true, ...given };
  const parameters = attributes.affine ? affineParameters(x, name) : [];
  return addNode(groupNormOp, { inputs: [x], attributes, parameters, share, label: name });
}
