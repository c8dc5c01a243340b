import { addNode, checkLayer, type Sharing, type Tensor } from "../builder.js";
import { type Shape, sizeOf } from "../graph.js";
import { boolean, numberIn } from "./attributes.js";
import { everyChannel } from "./channels.js";
import {
  affineParameters,
  checkAffine,
  extents,
  groupNormGradients,
  groupNormValues,
} from "./normalisation.js";
import { onnxChannelsLast, onnxScale } from "./onnx-nodes.js";
import type { ImageOp, KernelContext, Pointer } from "./op.js";
import { vectorOrMap } from "./shapes.js";

export interface LayerNormAttributes {
  /** Added to the variance, so that nothing is divided by 0. */
  readonly eps: number;
  /** Whether the result is scaled by a trained weight and shifted by a trained bias. */
  readonly affine: boolean;
}

/** All that is known of {@link layerNorm}. */
export const layerNormOp: ImageOp<LayerNormAttributes> = {
  name: "layerNorm",
  scope: "image",
  attributes: { eps: numberIn(0), affine: boolean },
  inputCount: 1,
  parameterLayouts: ["rows", "rows"],
  checkParameters: ([input], { affine }, given) => checkAffine("layerNorm", input!, affine, given),
  role: { kind: "plain" },
  readsChannels: everyChannel,
  keepsChannelsApart: false,
  randomUnits: () => 0,
  multiplyAdds: () => 0,
  drawing: { family: "plain", caption: () => "layer norm", continuesLayer: true },
  shape: ([input]) => vectorOrMap("layerNorm", input),

  forward: (call) => groupNormValues(call, positionOf(call.shape)),

  // see `groupNormGradients`
  backward: (call) => groupNormGradients(call, positionOf(call.shape)),

  onnx: (onnx) =>
    onnxChannelsLast(onnx, onnx.input(0), onnx.shape, (x) =>
      onnx.add("LayerNormalization", [x, ...onnxScale(onnx)], {
        axis: -1,
        epsilon: { float: onnx.attributes.eps },
      }),
    ),

  emitForward(k) {
    k.call("LayerNormForward", {
      x: k.input(0),
      weight: k.attributes.affine ? k.parameter(0) : 0,
      bias: k.attributes.affine ? k.parameter(1) : 0,
      y: k.output(),
      moments: momentsMemory(k),
      ...extents(k.shape),
      eps: k.attributes.eps,
    });
  },

  emitBackward(k) {
    const { affine } = k.attributes;
    k.call("LayerNormBackward", {
      x: k.input(0),
      gy: k.outputGradient(),
      weight: affine ? k.parameter(0) : 0,
      moments: momentsMemory(k),
      gWeight: affine ? k.parameterGradient(0) : 0,
      gBias: affine ? k.parameterGradient(1) : 0,
      gx: k.inputGradient(0),
      ...extents(k.shape),
    });
  },
};

/** The position of the value with index `at`. */
function positionOf(shape: Shape): (at: number) => number {
  const positions = sizeOf(shape.slice(1));
  return (at) => at % positions;
}

/** Mean and 1 / σ of each position. */
function momentsMemory(k: KernelContext<LayerNormAttributes>): Pointer {
  return k.saved("moments", 2 * extents(k.shape).positions);
}

/**
 * Normalises the channels of each position.
 *
 * `y[c, p] = (x[c, p] − μ[p]) / √(v[p] + eps) · weight[c] + bias[c]`, with mean μ and biased variance v over the channels.
 *
 * [channels, rows, columns] or [features] → the same. As `torch.nn.LayerNorm(channels)` of channels-last tokens, such as
 * (batch, position, channel).
 * Paper: Ba, Kiros and Hinton, "Layer Normalization", arXiv:1607.06450, 2016.
 *
 * Parameters `name.weight` (1) and `name.bias` (0), both [channels].
 *
 * @param x map [channels, rows, columns] or vector [features]
 * @param options.eps default 1e-5
 * @param options.affine default true; false leaves weight and bias out
 * @example
 * const y = layerNorm(x, "norm"); // [8, 14, 14]
 */
export function layerNorm(
  x: Tensor,
  name: string,
  options: Partial<LayerNormAttributes> & Sharing = {},
): Tensor {
  checkLayer("layerNorm", x, name, options, Object.keys(layerNormOp.attributes));
  const { share, ...given } = options;
  const attributes = { eps: 1e-5, affine: true, ...given };
  const parameters = attributes.affine ? affineParameters(x, name) : [];
  return addNode(layerNormOp, { inputs: [x], attributes, parameters, share, label: name });
}
