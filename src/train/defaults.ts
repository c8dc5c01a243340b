/** Default settings of a training. */
export const trainingDefaults = {
  epochs: 5,
  seed: 0,
  /** Images per step. */
  batchSize: 64,
  learningRate: 0.01,
} as const;
