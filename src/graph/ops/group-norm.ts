import { InputError } from "../../errors.js";
import { addNode, checkLayer, type Sharing, type Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import { boolean, numberIn, wholeNumber } from "./attributes.js";
import { everyChannel } from "./channels.js";
import {
  affineParameters,
  checkAffine,
  extents,
  groupNormGradients,
  groupNormValues,
  listSize,
} from "./normalisation.js";
import { onnxScale } from "./onnx-nodes.js";
import type { ImageOp, KernelContext, Pointer, ReferenceCall } from "./op.js";
import { vectorOrMap } from "./shapes.js";

export interface GroupNormAttributes {
  /** Number of groups of neighbouring channels; must divide the channels. */
  readonly groups: number;
  /** Added to the variance, so that nothing is divided by 0. */
  readonly eps: number;
  /** Whether the result is scaled by a trained weight and shifted by a trained bias. */
  readonly affine: boolean;
}

/** All that is known of {@link groupNorm}. */
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

  onnx(onnx) {
    const { eps, groups } = onnx.attributes;
    return onnx.add("GroupNormalization", [onnx.input(0), ...onnxScale(onnx)], {
      epsilon: { float: eps },
      num_groups: groups,
    });
  },

  emitForward(k) {
    const { affine, groups, eps } = k.attributes;
    const moments = k.scratch("moments", 2 * listSize(k.shape));
    const statistics = statisticsMemory(k);
    const weight = affine ? k.parameter(0) : 0;
    k.call("ChannelMoments", { x: k.input(0), moments, ...extents(k.shape) });
    k.call("GroupNormStatistics", {
      moments,
      weight,
      statistics,
      ...extents(k.shape),
      groups,
      eps,
    });
    k.call("NormForward", {
      ...{ x: k.input(0), statistics, bias: affine ? k.parameter(1) : 0, y: k.output() },
      ...{ ...extents(k.shape), relu: 0 },
    });
  },

  emitBackward(k) {
    const { affine, groups } = k.attributes;
    const statistics = statisticsMemory(k);
    const sums = k.scratch("sums", 2 * listSize(k.shape));
    const coefficients = k.scratch("coefficients", 2 * listSize(k.shape));
    const read = { x: k.input(0), gy: k.outputGradient(), y: 0, statistics };
    k.call("NormSums", { ...read, sums, ...extents(k.shape) });
    k.call("GroupNormSums", {
      ...{ sums, weight: affine ? k.parameter(0) : 0, statistics, coefficients },
      gWeight: affine ? k.parameterGradient(0) : 0,
      gBias: affine ? k.parameterGradient(1) : 0,
      ...{ ...extents(k.shape), groups },
    });
    const gx = k.inputGradient(0);
    if (gx !== 0) k.call("NormBackward", { ...read, coefficients, gx, ...extents(k.shape) });
  },
};

/** The group of the value with index `at`. */
function groupOf({ shape, attributes }: ReferenceCall<GroupNormAttributes>) {
  const size = sizeOf(shape) / attributes.groups;
  return (at: number) => Math.floor(at / size);
}

/** Means, scales and 1 / σ of the channels: `normForward` in kernels/norm.ts. */
function statisticsMemory(k: KernelContext<GroupNormAttributes>): Pointer {
  return k.saved("statistics", 3 * listSize(k.shape));
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
 *
 * Parameters `name.weight` (1) and `name.bias` (0), both [channels].
 *
 * @param x map [channels, rows, columns] or vector [features]
 * @param options.groups number of groups; must divide the channels
 * @param options.eps default 1e-5
 * @param options.affine default true; false leaves weight and bias out
 * @throws InputError where the groups do not divide the channels
 * @example
 * const y = groupNorm(x, "norm", { groups: 4 }); // [8, 14, 14]
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
