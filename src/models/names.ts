// Apart from the models, so that the command line can name them without loading the graph's ops.

/** The models that can be built. */
export const modelNames = ["cnn", "stn", "coordconv-stn", "mha", "mha-batch"] as const;

export type ModelName = (typeof modelNames)[number];
