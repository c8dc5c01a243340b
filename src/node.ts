/**
 * What Fovea does with files and the network, for Node: data from folders and mirrors, run folders,
 * reports. The rest of the library is `fovea`.
 *
 * @packageDocumentation
 */

// Data
export { mnistCacheFolder } from "./data/cache.node.js";
export type { DataFile, DataPlace } from "./data/data-place.js";
export { describeData } from "./data/describe.node.js";
export {
  DownloadError,
  type DownloadOptions,
  type DownloadProgress,
  downloadMnist,
  MNIST_MIRRORS,
} from "./data/download.node.js";
export { loadData } from "./data/load.node.js";
export type { LoadedData, LoadOptions } from "./data/loaded-data.node.js";
// Pages and pictures
export { decodePicture } from "./data/sources/pictures/decode.js";
export type { DecodedPicture, PictureFormat } from "./data/sources/pictures/picture.js";
// Engine
export { DataMemory } from "./engine/data-memory.js";
// Reports
export { annotationsFor } from "./papers/index.js";
export type {
  GroupAnnotations,
  JointCommand,
  ReportAnnotations,
} from "./report/annotations.js";
export { type AccuracyAt, type ResultRow, resultRows } from "./report/result-rows.js";
export { type ResultsTableOptions, resultsTable } from "./report/results-table.js";
export { type AuditFiles, writeAudit } from "./report/write-audit.node.js";
export { type ReportFiles, writeReport } from "./report/write-report.node.js";
export { writeTensorBoard } from "./report/write-tensorboard.node.js";
export type { AuditRecord } from "./runs/audit-codec.js";
export { readAuditRecord } from "./runs/audit-file.node.js";
// Runs
export { calibrateRun } from "./runs/calibrate-run.node.js";
export type { CalibrationRecord } from "./runs/calibration-codec.js";
export { type ClassifierOptions, readClassifier } from "./runs/read-classifier.node.js";
export {
  type ModelTensors,
  matchModel,
  type RecognizedModel,
  recognizeModel,
  type UnusedTensor,
} from "./runs/recognize-model.js";
export type { ModelModule, RunRecord } from "./runs/record-codec.js";
export { recordTraining, type Trainer } from "./runs/record-training.node.js";
export type { RecordTrainingOptions } from "./runs/recording.js";
export { createDatedFolder, isRun, type Run, readRun, runFiles } from "./runs/run-folder.node.js";
export { type RunSpec, runSpecDigest } from "./runs/run-spec.js";
export {
  type RunOptions,
  type RunOutcome,
  type TrainRunsOptions,
  trainRuns,
} from "./runs/train-runs.node.js";
export type { Weights, WeightsOptions } from "./runs/weights-codec.js";
export { readWeights } from "./runs/weights-file.node.js";
// Studies
export { type CollectedRun, collectRuns } from "./study/collect-runs.node.js";
export { expandStudy, type PlannedRun, type RunRecipe, type Variant } from "./study/expand.js";
export {
  type GridValue,
  parseManifest,
  type Study,
  type StudyManifest,
  type StudyModel,
  type StudyRecipe,
} from "./study/manifest.js";
export type { Outcome, OutcomeKind, Selection } from "./study/outcome.js";
export {
  compareResults,
  type ScoredRun,
  type StudyResults,
  scoredRuns,
  studyResults,
} from "./study/results.js";
export { type RunStudyOptions, runStudy, type StudyCallbacks } from "./study/run-study.node.js";
export {
  type AskedStudy,
  beginStudy,
  readOutcomes,
  readStudy,
  StudyChangedError,
  type StudyFolder,
} from "./study/study-folder.node.js";
export { type WebPageFile, type WebPageOptions, writeWebPage } from "./web/write-page.node.js";
