import { checkOptions } from "../arguments.js";
import { checkDataset } from "../data/check-dataset.js";
import type { Dataset } from "../data/dataset.js";
import { InputError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import { type ModelSource, modelFor } from "../graph/model.js";
import type { NamedTensors } from "../graph/tensors.js";
import { withLogProbabilities } from "../graph/with-loss.js";
import { trainingDefaults } from "../train/defaults.js";
import { initialize } from "../train/initialize.js";
import type { EpochMetrics } from "../train/metrics.js";
import {
  givenPreprocessing,
  type Preprocessing,
  preprocessed,
  preprocessingOptions,
} from "../train/preprocessing.js";
import { heldOutCount } from "../train/validation.js";
import { checkAttention } from "./attention-health.js";
import type { Check, Finding, Subject, UnusedTensor } from "./check.js";
import { type CheckName, checkNames } from "./check-names.js";
import { checkCollapse } from "./collapse.js";
import { checkDeadParameters } from "./dead-parameters.js";
import { checkFinite, type FiniteFigures, notFinite } from "./finite.js";
import { checkInvariances } from "./invariances.js";
import { checkLeakage } from "./leakage.js";
import { checkNoise } from "./noise.js";
import { checkReproducibility } from "./reproducibility.js";
import { checkSelection } from "./selection.js";
import { checkTransformer } from "./transformer-health.js";

/** All checks in the order in which they run. */
const checks = {
  finite: checkFinite,
  leakage: checkLeakage,
  dead: checkDeadParameters,
  collapse: checkCollapse,
  selection: checkSelection,
  noise: checkNoise,
  invariances: checkInvariances,
  reproducibility: checkReproducibility,
  transformer: checkTransformer,
  attention: checkAttention,
} as const satisfies Record<CheckName, unknown>;

type Checks = typeof checks;

type FiguresOf<Name extends CheckName> = Checks[Name] extends Check<infer F> ? F : never;

/** What one check found, by its name. */
export type CheckResult = {
  [Name in CheckName]: { readonly check: Name } & Finding<FiguresOf<Name>>;
}[CheckName];

/** What {@link audit} takes. */
export interface AuditOptions extends Preprocessing {
  /** A model for the data's images, or a definition that is built for them. */
  readonly model: ModelSource;
  readonly data: Dataset;
  /** Default: the seed's initial values. Checks that need trained weights are then `not tested`. */
  readonly parameters?: NamedTensors;
  /** Tensors of the checkpoint that no part of the model reads. */
  readonly unused?: readonly UnusedTensor[];
  /** Metrics of the training's epochs, among which the checkpoint was chosen. */
  readonly history?: readonly EpochMetrics[];
  /** Training images that were held out, on which these epochs were validated. Default: the test images validated. */
  readonly heldOutImages?: number;
  /** Accuracies, 0..1, of runs that differ only in the seed; the audited run is one of them. */
  readonly seedAccuracies?: readonly number[];
  /** Standard deviation of the accuracy between seeds, 0..1. Default: estimated. */
  readonly seedDeviation?: number;
  /** Names of the checks to run. Default: all. */
  readonly only?: readonly CheckName[];
  /** How many test images, the first ones, are used by checks that classify them many times. Default 2,000. */
  readonly images?: number;
  /** Epochs to train with images held out. Default 3; 0 for none. */
  readonly selectionEpochs?: number;
  /** Determines initial values, trainings, noise and which images are held out. Default 0. */
  readonly seed?: number;
  /** Images per step and per evaluated batch. Default 64. */
  readonly batchSize?: number;
  /** Learning rate of trainings that the audit runs. Default 0.01. */
  readonly learningRate?: number;
  /** Default: the processor's cores, at most 8. */
  readonly threads?: number;
  /** Ends the audit; `audit` then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called during a check with the fraction that is done, 0..1. */
  readonly onProgress?: (check: CheckName, done: number) => void;
  /** Called when a check has ended. */
  readonly onResult?: (result: CheckResult) => void;
}

/** A model's audit: plain data. */
export interface Audit {
  /** The model's name. */
  readonly model: string;
  /** Whether parameters were given; otherwise initial values were audited. */
  readonly trained: boolean;
  readonly data: { readonly name: string; readonly digest: string };
  readonly images: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** How images went into the network, where that was said. */
  readonly preprocessing?: Preprocessing;
  readonly checks: readonly CheckResult[];
}

/**
 * Audits a classifier: looks for faults that make its accuracy misleading. Among them are results that
 * depend on the batch, parameters without effect, a checkpoint chosen on the test images, differences
 * within the noise, and transformers or attention that have no effect.
 *
 * @throws InputError where an option is out of range or the parameters are not the model's
 * @throws the signal's reason where it aborts
 * @example
 * const { checks } = await audit({ model, data, parameters, only: ["finite", "dead", "noise"] });
 * for (const { check, verdict, text } of checks) console.log(check, verdict, text);
 */
export async function audit(options: AuditOptions): Promise<Audit> {
  checkOptions("audit", options, OPTIONS);
  checkDataset("audit", options.data);
  const subject = subjectOf(options);
  const { only = checkNames, threads, signal, onProgress, onResult } = options;
  const results: CheckResult[] = [];
  // Other checks make no sense where weights are not finite, so this one always runs.
  let finite: Finding<FiniteFigures> | undefined;
  for (const check of checkNames) {
    if (!only.includes(check)) continue;
    signal?.throwIfAborted();
    const run = { threads, signal, progress: (done: number) => onProgress?.(check, done) };
    run.progress(0);
    if (check === "finite" || needsNumbers.has(check)) finite ??= await checkFinite(subject, run);
    const isSenseless = needsNumbers.has(check) && finite?.verdict === "flag";
    const finding =
      check === "finite" ? finite : isSenseless ? notFinite : await checks[check](subject, run);
    // The compiler cannot see that the finding's type belongs to the check's name; `checks` ensures it.
    const result = { check, ...finding } as CheckResult;
    results.push(result);
    onResult?.(result);
  }
  const { model, trained, data, images, seed, batchSize, learningRate } = subject;
  const preprocessing = givenPreprocessing(options);
  return {
    model: model.name,
    trained,
    data: { name: data.name, digest: data.digest },
    images,
    seed,
    batchSize,
    learningRate,
    ...(preprocessing && { preprocessing }),
    checks: results,
  };
}

/** Checks of the given weights; the others run trainings of their own. */
const needsNumbers: ReadonlySet<CheckName> = new Set([
  "leakage",
  "dead",
  "noise",
  "invariances",
  "transformer",
  "attention",
]);

const OPTIONS = [
  "model",
  "data",
  "parameters",
  "unused",
  "history",
  "heldOutImages",
  "seedAccuracies",
  "seedDeviation",
  "only",
  "images",
  "selectionEpochs",
  "seed",
  "batchSize",
  "learningRate",
  "threads",
  "signal",
  "onProgress",
  "onResult",
  ...preprocessingOptions,
] satisfies (keyof AuditOptions)[];

function subjectOf(options: AuditOptions): Subject {
  const { parameters, seedDeviation, images = 2000, selectionEpochs = 3 } = options;
  const { seed = trainingDefaults.seed, batchSize = trainingDefaults.batchSize } = options;
  const { learningRate = trainingDefaults.learningRate } = options;
  checkWhole("images", images, 1);
  checkWhole("selectionEpochs", selectionEpochs, 0);
  checkWhole("batchSize", batchSize, 1);
  checkWhole("seed", seed, 0);
  const { count } = options.data.test;
  if (options.images !== undefined && images > count) {
    throw new InputError("audit", `images to be at most the ${count} test images`, String(images));
  }
  const unknown = options.only?.find((name) => !checkNames.includes(name));
  if (unknown !== undefined) {
    throw new InputError("audit", `only of ${checkNames.join(", ")}`, unknown);
  }
  if (seedDeviation !== undefined && !(seedDeviation > 0 && seedDeviation < 1)) {
    throw new InputError("audit", "seedDeviation in 0..1", String(seedDeviation));
  }
  const built = modelFor("audit", options.model, options.data);
  const { model, data } = preprocessed("audit", built, options.data, options);
  const graph = withLogProbabilities(model.graph);
  if (parameters !== undefined) checkParameters(graph, parameters);
  return {
    model,
    graph,
    data,
    parameters: parameters ?? initialize(graph, seed),
    trained: parameters !== undefined,
    unused: options.unused ?? [],
    history: options.history ?? [],
    ...(options.heldOutImages !== undefined && {
      heldOutImages: heldOutCount("audit", data, options.heldOutImages)!,
    }),
    seedAccuracies: options.seedAccuracies ?? [],
    ...(seedDeviation !== undefined && { seedDeviation }),
    images: Math.min(images, data.test.count),
    selectionEpochs,
    seed,
    batchSize,
    learningRate,
  };
}

function checkParameters(graph: Graph, parameters: NamedTensors): void {
  const wanted = graph.parameters.map(({ name, shape }) => `${name} [${shape.join(", ")}]`);
  const given = new Set(
    [...parameters].map(([name, { shape }]) => `${name} [${shape.join(", ")}]`),
  );
  const missing = wanted.find((each) => !given.has(each));
  if (missing !== undefined) throw new InputError("audit", `parameters with ${missing}`, "none");
  const extra = [...given].find((each) => !wanted.includes(each));
  if (extra !== undefined) throw new InputError("audit", "parameters of the model alone", extra);
}

function checkWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new InputError("audit", `${name} to be a whole number of ${least} or more`, String(value));
}
