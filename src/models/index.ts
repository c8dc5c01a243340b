import { InputError } from "../errors.js";
import { defineModel, type ModelDefinition } from "../graph/model.js";
import { batchAttention } from "../graph/ops/batch-attention.js";
import { scaledDotProductAttention } from "../graph/ops/scaled-dot-product-attention.js";
import { attentionBlock } from "./attention-block.js";
import { classifier } from "./classifier.js";
import { coordConv } from "./coord-conv.js";
import { type ModelName, modelNames } from "./names.js";
import { spatialTransformer } from "./spatial-transformer.js";

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
} as const satisfies Record<ModelName, ModelDefinition>;

export { type ModelName, modelNames };

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
