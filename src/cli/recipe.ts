/** What is trained where an option does not say otherwise; the study's, but for the epochs. */
export const recipe = {
  epochs: 5,
  /** The study's. */
  paperEpochs: 300,
  seed: 0,
  batchSize: 64,
  learningRate: 0.01,
} as const;
