/** What a training takes where nothing else is asked for. */
export const trainingDefaults = {
  epochs: 5,
  seed: 0,
  /** Images a step. */
  batchSize: 64,
  learningRate: 0.01,
} as const;
