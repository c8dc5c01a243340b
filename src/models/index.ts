import { InputError } from "../errors.js";
import { defineModel, type ModelDefinition } from "../graph/model.js";
import { batchAttention } from "../graph/ops/batch-attention.js";
import { scaledDotProductAttention } from "../graph/ops/scaled-dot-product-attention.js";
import { attentionBlock } from "./attention-block.js";
import { cbam } from "./cbam.js";
import { classifier } from "./classifier.js";
import { coordConv } from "./coord-conv.js";
import { depthwiseNetwork } from "./depthwise-network.js";
import { lenet } from "./lenet.js";
import { looks, looksOptions } from "./looks.js";
import { type ClassifierName, classifierNames, type ModelName, modelNames } from "./names.js";
import { plainNetwork } from "./plain-network.js";
import { residualNetwork } from "./residual-network.js";
import { spatialTransformer } from "./spatial-transformer.js";
import { squeezeExcitation } from "./squeeze-excitation.js";
import { visionTransformer } from "./vision-transformer.js";

/** Channels of `small`: with them, for grey images of ten classes, it has fewer parameters than the key says. */
const smallWidths = {
  30000: [
    [12, 16],
    [24, 28],
    [32, 32],
  ],
  10000: [
    [8, 8],
    [16, 16],
    [16, 20],
  ],
  3000: [
    [4, 4],
    [8, 8],
    [8, 12],
  ],
} as const;

/** The catalogue: models to train as they are, and to compare your own with. */
export const models = {
  /** The classifier alone, the baseline. */
  cnn: defineModel("cnn", (image, { classes }) => classifier(image, classes)),

  /** A spatial transformer before the classifier. */
  stn: defineModel("stn", (image, { classes }) => classifier(spatialTransformer(image), classes)),

  /** The same with coordinates in every convolution. */
  "coordconv-stn": defineModel("coordconv-stn", (image, { classes }) =>
    classifier(spatialTransformer(image, coordConv), classes, { convolution: coordConv }),
  ),

  /** The classifier with attention over the positions of the image. */
  mha: defineModel("mha", (image, { classes }) =>
    classifier(image, classes, {
      attention: (x, name) => attentionBlock(x, name, scaledDotProductAttention),
    }),
  ),

  /** The classifier with attention over the images of the batch. */
  "mha-batch": defineModel("mha-batch", (image, { classes }) =>
    classifier(image, classes, {
      attention: (x, name) => attentionBlock(x, name, batchAttention),
    }),
  ),

  /** Convolution → ReLU → pooling, twice, with kernels of 5×5, and three linear layers. */
  lenet: defineModel(
    "lenet",
    (image, { classes }, { width, hidden, dropout }) =>
      lenet(image, classes, {
        channels: [width, Math.round((8 / 3) * width)],
        hidden: [hidden, Math.round(0.7 * hidden)],
        dropout,
      }),
    { width: 6, hidden: 120, dropout: 0 },
  ),

  /** The same with kernels of 3×3, 16 and 32 channels, and one linear layer. */
  lenet3: defineModel(
    "lenet3",
    (image, { classes }, { width, dropout }) =>
      lenet(image, classes, { kernelSize: 3, channels: [width, 2 * width], hidden: [], dropout }),
    { width: 16, dropout: 0 },
  ),

  /** Six 3×3 convolutions with batch norm, and the mean over positions. */
  "plain-gap": defineModel(
    "plain-gap",
    (image, { classes }, { width, dropout }) => {
      const [second, last] = [Math.round((4 / 3) * width), Math.round((8 / 3) * width)];
      const stages = [
        [width, second], // [12, 16]
        [2 * width, 2 * width], // [24, 24]
        [last, last], // [32, 32]
      ];
      return plainNetwork(image, classes, stages, dropout);
    },
    { width: 12, dropout: 0 },
  ),

  /** Four 3×3 convolutions of many channels, with batch norm. */
  wide: defineModel(
    "wide",
    (image, { classes }, { width, dropout }) => {
      const stages = [
        [width, 2 * width], // [32, 64]
        [2 * width, 2 * width], // [64, 64]
      ];
      return plainNetwork(image, classes, stages, dropout);
    },
    { width: 32, dropout: 0 },
  ),

  /** Residual blocks. */
  residual: defineModel(
    "residual",
    (image, { classes }, { width }) => residualNetwork(image, classes, width),
    { width: 16 },
  ),

  /** Residual blocks whose channels are gated. */
  "se-residual": defineModel(
    "se-residual",
    (image, { classes }, { width }) => residualNetwork(image, classes, width, squeezeExcitation),
    { width: 16 },
  ),

  /** Residual blocks whose channels and positions are gated. */
  "cbam-residual": defineModel(
    "cbam-residual",
    (image, { classes }, { width }) => residualNetwork(image, classes, width, cbam),
    { width: 16 },
  ),

  /** Depthwise-separable convolutions. */
  depthwise: defineModel(
    "depthwise",
    (image, { classes }, options) => depthwiseNetwork(image, classes, options),
    { width: 16, dropout: 0 },
  ),

  /** A transformer on patches. */
  vit: defineModel(
    "vit",
    (image, { classes }, options) => visionTransformer(image, classes, options),
    { width: 32, heads: 4 },
  ),

  /** The classifier with each way of looking switched on or off, or a plain network of as many parameters. */
  looks: defineModel("looks", looks, looksOptions),

  /** Six 3×3 convolutions as in `plain-gap`, for the best accuracy with few parameters. */
  small: defineModel(
    "small",
    (image, { classes }, { under }) => plainNetwork(image, classes, smallWidths[under]),
    { under: [30_000, 10_000, 3_000] },
  ),
} as const satisfies Record<ModelName, ModelDefinition>;

export { type ClassifierName, classifierNames, type ModelName, modelNames };

/**
 * The model of this name in the catalogue.
 *
 * @throws InputError where there is no such model
 */
export function catalogueModel(where: string, name: string): ModelDefinition {
  const known = modelNames.find((each) => each === name);
  if (known === undefined) {
    throw new InputError(where, `a model of ${modelNames.join(", ")}`, name);
  }
  return models[known];
}
