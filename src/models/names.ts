// A file of its own, so that the command line can list the names without loading the graph's ops.

/** The models that share one classifier and differ in how they look at the image. */
export const classifierNames = ["cnn", "stn", "coordconv-stn", "mha", "mha-batch"] as const;

/** The name of one of {@link classifierNames}. */
export type ClassifierName = (typeof classifierNames)[number];

/** The names of the catalogue's models. */
export const modelNames = [
  ...classifierNames,
  "lenet",
  "lenet3",
  "plain-gap",
  "wide",
  "residual",
  "se-residual",
  "cbam-residual",
  "depthwise",
  "vit",
  "looks",
  "small",
] as const;

/** The name of a model of the catalogue. */
export type ModelName = (typeof modelNames)[number];
