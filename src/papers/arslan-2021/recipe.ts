import { studyBatchSize, studyEpochs, studyLearningRate } from "./published.js";

/** What is trained where an option does not say otherwise; the study's, but for the epochs. */
export const recipe = {
  epochs: 5,
  paperEpochs: studyEpochs,
  seed: 0,
  batchSize: studyBatchSize,
  learningRate: studyLearningRate,
} as const;
