/** Results of one epoch. */
export interface EpochMetrics {
  /** Counts from 1: the metrics after one pass over the training images have epoch 1. */
  readonly epoch: number;
  /** Mean loss per training image during the epoch (dropout on); of the negative log-likelihood, nats. */
  readonly trainLoss: number;
  /** Mean negative log-likelihood over the validation images (dropout off); nats. */
  readonly validationLoss: number;
  readonly validationCorrect: number;
  readonly validationTotal: number;
  /** `validationCorrect / validationTotal`, 0..1. */
  readonly validationAccuracy: number;
  /** Wall-clock seconds of the epoch, training and validation. */
  readonly seconds: number;
  /** Training images per second, without the validation. */
  readonly imagesPerSecond: number;
  /** Of the epoch's last step. */
  readonly learningRate: number;
}

/** Progress within an epoch. */
export interface TrainProgress {
  readonly phase: "train" | "validate";
  readonly epoch: number;
  readonly epochs: number;
  /** Images done in this phase of this epoch. */
  readonly done: number;
  /** Images to do in this phase of this epoch. */
  readonly total: number;
  /** Running mean of the training loss in this epoch. */
  readonly trainLoss: number;
  /** Training images per second so far in this epoch. */
  readonly imagesPerSecond: number;
}

/** How the weights do on the test images that were chosen on others. */
export interface TestResult {
  /** How the epoch was chosen: the lowest loss on the validation images. */
  readonly selection: "validation";
  readonly epoch: number;
  readonly correct: number;
  readonly total: number;
  /** `correct / total`, 0..1. */
  readonly accuracy: number;
  /** Mean negative log-likelihood, nats. */
  readonly loss: number;
}
