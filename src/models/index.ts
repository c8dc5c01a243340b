import { InputError } from "../errors.js";
import type { Tensor } from "../graph/builder.js";
import type { Graph } from "../graph/graph.js";
import { imageInput } from "../graph/inputs.js";
import { batchAttention } from "../graph/ops/batch-attention.js";
import { scaledDotProductAttention } from "../graph/ops/scaled-dot-product-attention.js";
import { attentionBlock } from "./attention-block.js";
import { classifier } from "./classifier.js";
import { coordConv } from "./coord-conv.js";
import { type ModelName, modelNames } from "./names.js";
import { spatialTransformer } from "./spatial-transformer.js";

/** The image a model is built for. */
export interface ImageShape {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
}

/** A network as a function of one image: log-probabilities of the classes. */
type Model = (image: Tensor, classes: number) => Tensor;

const models = {
  /** The classifier alone: the control that the study lacks. */
  cnn: (image, classes) => classifier(image, classes),

  /** A spatial transformer before the classifier. */
  stn: (image, classes) => classifier(spatialTransformer(image), classes),

  /** The same with coordinates in every convolution. */
  "coordconv-stn": (image, classes) =>
    classifier(spatialTransformer(image, coordConv), classes, { convolution: coordConv }),

  /** Attention over the places of the image, as the study describes it. */
  mha: (image, classes) =>
    classifier(image, classes, {
      attention: (x, name) => attentionBlock(x, name, scaledDotProductAttention),
    }),

  /** Attention over the images of the batch, as the study's code computed it. */
  "mha-batch": (image, classes) =>
    classifier(image, classes, {
      attention: (x, name) => attentionBlock(x, name, batchAttention),
    }),
} satisfies Record<ModelName, Model>;

export { type ModelName, modelNames };

/**
 * The graph of a model for images of one shape.
 *
 * @param classes length of the result, log-probabilities
 * @throws InputError where the name is unknown or the image is too small for the network
 */
export function buildModel(name: ModelName, image: ImageShape, classes: number): Graph {
  if (!Object.hasOwn(models, name)) throw new InputError("model", modelNames.join(", "), name);
  const input = imageInput([image.channels, image.rows, image.columns]);
  const output = models[name](input, classes);
  return input.builder.finish(output);
}
