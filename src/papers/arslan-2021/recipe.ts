import { studyBatchSize, studyEpochs, studyLearningRate } from "./published.js";

/** The study's recipe. */
export const recipe = {
  paperEpochs: studyEpochs,
  batchSize: studyBatchSize,
  learningRate: studyLearningRate,
} as const;
