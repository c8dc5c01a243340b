/**
 * Fovea as a library, for Node and for bundlers that build for browsers: nothing here reads a file or
 * the network. What needs Node (run folders, reports, MNIST from disk) is `fovea/node`.
 *
 * @packageDocumentation
 */

// Audits
export {
  type Audit,
  type AuditOptions,
  audit,
  type CheckResult,
} from "./audit/audit.js";
export type { UnusedTensor, Verdict } from "./audit/check.js";
export { type CheckName, checkNames, checkTitle } from "./audit/check-names.js";
// Data
export type { Allocate } from "./data/allocate.js";
export type { Dataset, ImageSet } from "./data/dataset.js";
export { type DigitsOptions, digits } from "./data/sources/digits.js";
export { type DistortedOptions, distortedMnist } from "./data/sources/distorted-mnist.js";
export { type DistortedName, distortedNames } from "./data/sources/distorted-names.js";
export { type MnistRole, mnistFromFiles, type NamedBytes } from "./data/sources/mnist.js";
export type { PictureOptions } from "./data/sources/sets/picture-options.js";
export { type HeldOut, holdOut, stratifiedPart } from "./data/split.js";
export {
  type Distortion,
  distort,
  distortInTurn,
  type Movement,
} from "./data/transforms/distort.js";
export type { Fit } from "./data/transforms/fit.js";
export type { Framing } from "./data/transforms/frame.js";
export type { Pixels } from "./data/transforms/pixels.js";
// Engine
export type { KernelBuild } from "./engine/build.js";
export { Engine } from "./engine/engine.js";
export type { Command, EngineOptions, EnginePlan, EngineSet } from "./engine/options.js";
export type { PlanOptions } from "./engine/plan.js";
export type {
  AdamOptions,
  AdamWOptions,
  ClipOptions,
  EmaOptions,
  GroupOptions,
  OptimizerOptions,
  RmsPropOptions,
  SgdOptions,
  UpdateOptions,
} from "./engine/update-options.js";
export { InputError } from "./errors.js";
// Formats
export { toFloat32 } from "./formats/float32.js";
export { type PyTorchCheckpoint, type PyTorchOptions, readPyTorch } from "./formats/pytorch.js";
export {
  readSafetensors,
  type Safetensors,
  type WritableTensor,
  writeSafetensors,
} from "./formats/safetensors.js";
export type { StoredDtype, StoredTensor } from "./formats/stored-tensor.js";
export { writePyTorch } from "./formats/write-pytorch.js";
export type {
  AugmentOptions,
  ElasticOptions,
  EraseOptions,
} from "./graph/augmentation.js";
// Graphs
export type { Sharing, Tensor } from "./graph/builder.js";
export {
  countParameters,
  findNode,
  type Graph,
  type ImageShape,
  type Initialization,
  type Node,
  type Parameter,
  type Shape,
  sizeOf,
} from "./graph/graph.js";
export { imageInput } from "./graph/inputs.js";
export {
  type BuildNetwork,
  defineModel,
  type Model,
  type ModelDefinition,
  type ModelInput,
  type ModelSource,
  withOptions,
} from "./graph/model.js";
export type {
  ModelOptions,
  OptionDefaults,
  OptionsOf,
  OptionValue,
} from "./graph/model-options.js";
// Ops
export type { Operand } from "./graph/ops/arithmetic.js";
export type { Size2d } from "./graph/ops/attributes.js";
export type { BatchNormOptions } from "./graph/ops/batch-norm.js";
export type { Conv2dOptions } from "./graph/ops/conv2d.js";
export * from "./graph/ops/index.js";
export type { PackedNames, PackedSlice } from "./graph/ops/linear.js";
export type { PoolOptions } from "./graph/ops/pool-windows.js";
export type { RelativePositionBias } from "./graph/ops/window-attention.js";
export type { NamedTensors, Tensor32 } from "./graph/tensors.js";
export {
  type CrossEntropyOptions,
  type LossOptions,
  type MseOptions,
  type PenaltyOptions,
  withLogProbabilities,
  withLoss,
} from "./graph/with-loss.js";
// Views of a trained model
export type { AttentionView, ImageView, Views } from "./inspect/view-types.js";
export { collectViews } from "./inspect/views.js";
// Models
export { attentionBlock } from "./models/attention-block.js";
export { type Block, type ClassifierWidths, classifier } from "./models/classifier.js";
export { coordConv } from "./models/coord-conv.js";
export {
  type ClassifierName,
  classifierNames,
  type ModelName,
  modelNames,
  models,
} from "./models/index.js";
export { spatialTransformer } from "./models/spatial-transformer.js";
// Statistics
export { type BootstrapOptions, bootstrapInterval } from "./stats/bootstrap.js";
export { type CollapseRate, type Collapses, compareCollapses } from "./stats/collapse.js";
export {
  type ComparedModel,
  type ComparedPair,
  type Comparison,
  compareModels,
  type Ends,
  type ModelRuns,
} from "./stats/compare.js";
export { correctDifference, correctImages } from "./stats/correct-images.js";
export { type Correlation, pearson, spearman } from "./stats/correlation.js";
export {
  type CriticalDifference,
  criticalDifference,
  type ModelValues,
} from "./stats/critical-difference.js";
export { fisherExact } from "./stats/fisher-exact.js";
export { holm } from "./stats/holm.js";
export { type Interval, wilsonInterval } from "./stats/intervals.js";
export { mcnemar } from "./stats/mcnemar.js";
export { type NoiseSources, noiseSources, type SeedsByImages } from "./stats/noise-sources.js";
export { type Estimate, type PairedTests, pairedTests } from "./stats/paired-tests.js";
export { type Design, detectableDifference, seedsNeeded, tTestPower } from "./stats/power.js";
export { type RankSumTest, rankSumTest } from "./stats/rank-sum.js";
export { type SeedSummary, summarizeSeeds } from "./stats/seed-summary.js";
export { seedsAndImagesInterval } from "./stats/seeds-and-images.js";
export {
  type BoundaryOptions,
  type SequentialBoundary,
  sequentialBoundary,
} from "./stats/sequential-boundary.js";
export {
  type SequentialResult,
  type SequentialVerdict,
  sequentialVerdict,
} from "./stats/sequential-verdict.js";
export type { SignFlipTest } from "./stats/sign-flip.js";
export type { SignedRankTest } from "./stats/signed-rank.js";
export { type Stability, stabilityOf } from "./stats/stability.js";
export { meanTest, pairedTTest, type TTest, welchTTest } from "./stats/t-test.js";
// Training
export { type EvaluateOptions, type Evaluation, evaluate } from "./train/evaluate.js";
export {
  type FindRateOptions,
  type FoundRate,
  findLearningRate,
  type RatePoint,
} from "./train/find-learning-rate.js";
export { classOrder, shuffledOrder } from "./train/image-order.js";
export { initialize } from "./train/initialize.js";
export type { Prediction } from "./train/look.js";
export type { LossWarning } from "./train/loss-watch.js";
export type { EpochMetrics, TestResult, TrainProgress } from "./train/metrics.js";
export {
  type Classifier,
  type ClassProbability,
  type PicturePrediction,
  type PredictOptions,
  predict,
} from "./train/predict.js";
export type { Preprocessing } from "./train/preprocessing.js";
export type { RecipeOptions } from "./train/recipe.js";
export type { ScheduleOptions } from "./train/schedules/rules.js";
export type { WarmUp } from "./train/schedules/warm-up.js";
export { Session, type SessionOptions, type SessionStep } from "./train/session.js";
export { train } from "./train/train.js";
export type {
  EngineInfo,
  ResumeOptions,
  TrainOptions,
  TrainResult,
} from "./train/train-options.js";
export type { SessionState, TrainingState } from "./train/training-state.js";
