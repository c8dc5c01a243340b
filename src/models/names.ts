// A file of its own, so that the command line can list the names without loading the graph's ops.

/** The names of the catalogue's models. */
export const modelNames = ["cnn", "stn", "coordconv-stn", "mha", "mha-batch"] as const;

export type ModelName = (typeof modelNames)[number];
