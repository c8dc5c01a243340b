import { existsSync } from "node:fs";
import type { AuditOptions } from "../audit/audit.js";
import type { CheckName } from "../audit/check-names.js";
import { canonicalJson } from "../canonical-json.js";
import type { Dataset } from "../data/dataset.js";
import { InputError } from "../errors.js";
import { isFolder } from "../files/folders.node.js";
import type { Model, ModelDefinition } from "../graph/model.js";
import { modelNames } from "../models/names.js";
import type { RunRecord } from "../runs/record-codec.js";
import { isRun, type Run, readRun } from "../runs/run-folder.node.js";
import { heldOutOf, sectionsOf } from "../runs/run-spec.js";
import type { Weights } from "../runs/weights-codec.js";
import { bestEpoch } from "../train/best-epoch.js";
import type { Preprocessing } from "../train/preprocessing.js";
import { checkSameData } from "./check-same-data.js";
import type { DataArguments } from "./data-options.js";
import { isModulePath } from "./model-module.js";
import { readDefinition } from "./model-source.js";
import { modelGuess } from "./option-values.js";
import { checkPreprocessing } from "./preprocessing-options.js";
import { recognizeWeights } from "./recognized-weights.js";
import type { WeightsArguments } from "./weights-options.js";
import { findWeights } from "./weights-target.js";

const where = "fovea audit";

/** The options of `fovea audit` that were given. */
export interface AuditArguments
  extends Preprocessing,
    DataArguments,
    Omit<WeightsArguments, "map"> {
  readonly set?: readonly string[];
  readonly only?: readonly CheckName[];
  readonly images?: number;
  readonly selectionEpochs?: number;
  readonly seedSd?: number;
  readonly seed?: number;
  readonly threads?: number;
  readonly json?: boolean;
  readonly out?: string;
  readonly save?: boolean;
  readonly failOnFlag?: boolean;
}

/** What is to be audited, before its data is loaded. */
export interface AuditTarget {
  readonly path: string;
  /** What stands for it in the record: `initial values`, `best` or `last` of a run, or the file. */
  readonly weights: string;
  /** SHA-256 of a run's file of weights. */
  readonly weightsDigest?: string;
  /** Absent for an untrained model. */
  readonly found?: { readonly file: string; readonly tensors: Weights };
  readonly run?: Run;
  /** Runs that differ from it in nothing but the seed. */
  readonly others: readonly Run[];
  /** An untrained model. */
  readonly model?: ModelDefinition;
  /** `--model`: what a file's weights belong to. */
  readonly named?: ModelDefinition;
}

/**
 * Finds what `MODEL|RUN|FILE [RUN...]` means.
 *
 * @throws InputError where it is none of them, or the runs differ in more than the seed
 */
export async function findAuditTarget(
  path: string,
  others: readonly string[],
  args: AuditArguments,
): Promise<AuditTarget> {
  if (isModulePath(path) || (!existsSync(path) && !/[\\/.]/.test(path))) {
    if (!isModulePath(path) && !modelNames.some((name) => name === path)) {
      const expected = `a run folder, a file of weights, a module, or one of ${modelNames.join(", ")}`;
      throw new InputError(where, expected, modelGuess(path));
    }
    if (others.length > 0) throw new InputError(where, "runs after a run", `them after ${path}`);
    if (args.model) throw new InputError(where, "--model only with a file", `it with ${path}`);
    if (args.entry) throw new InputError(where, "--entry only with a file", `it with ${path}`);
    checkPreprocessing(where, args, { path, isFile: false });
    if (args.last) throw new InputError(where, "--last only with a run", `it with ${path}`);
    const { definition } = await readDefinition(where, "MODEL", path, args.set);
    return { path, weights: "initial values", model: definition, others: [] };
  }
  if (args.set !== undefined) {
    throw new InputError(where, "--set only with an untrained model", `it with ${path}`);
  }
  checkPreprocessing(where, args, { path, isFile: !isFolder(path) });
  if (others.length > 0 && !isFolder(path)) {
    throw new InputError(where, "runs after a run", "them after a file");
  }
  const { file, tensors, weights, digest } = findWeights(
    where,
    path,
    args.last ?? false,
    args.entry,
  );
  const run = isRun(path) ? readRun(path) : undefined;
  const runs = others.map(readRun);
  runs.forEach((other, index) => {
    checkSameButSeed([run!, ...runs.slice(0, index)], other);
  });
  const found = { file, tensors };
  const weightsDigest = digest && { weightsDigest: digest };
  const named = args.model && (await readDefinition(where, "--model", args.model)).definition;
  return {
    ...{ path, weights, ...weightsDigest, found, others: runs },
    ...(run && { run }),
    ...(named && { named }),
  };
}

function checkSameButSeed(before: readonly Run[], other: Run): void {
  const facts = ({ record, metrics }: Run): [string, string][] => [
    ["model", `${record.model} (${record.spec.model.slice(0, 12)})`],
    ["data", record.data.digest.slice(0, 12)],
    ["batch size", String(record.spec.recipe.batchSize)],
    ["learning rate", String(record.spec.recipe.learningRate)],
    ["recipe", canonicalJson(sectionsOf(record.spec))],
    ["images held out", String(heldOutOf(record.spec) ?? 0)],
    ["epochs", String(metrics.length)],
  ];
  const theirs = new Map(facts(other));
  for (const [name, value] of facts(before[0]!)) {
    const got = theirs.get(name)!;
    if (got !== value)
      throw new InputError(other.directory, `${name} ${value} as the first run`, got);
  }
  if (before.some(({ record }) => record.spec.seed === other.record.spec.seed)) {
    throw new InputError(
      other.directory,
      "a seed that no run before has",
      `${other.record.spec.seed}`,
    );
  }
}

/**
 * What to audit, now that its data is there.
 *
 * @throws InputError where the weights are no model's, or of other data that was not asked for
 */
export function auditSubject(
  target: AuditTarget,
  data: Dataset,
  args: AuditArguments,
): Partial<AuditOptions> & { readonly model: Model } {
  const { found, run, others, path } = target;
  if (found === undefined) return { model: target.model!.build(data) };
  const { file, tensors } = found;
  const trainedOn: Partial<RunRecord["data"]> = run?.record.data ?? {
    digest: tensors.checkpoint?.data,
  };
  if (args.data === undefined) checkSameData(path, trainedOn, data);
  const hints = { named: target.named, recorded: run?.model };
  const { model, parameters, unused } = recognizeWeights(file, tensors, data, hints);
  const { mean, std, alignCorners } = args;
  const weights = { model, parameters, unused, mean, std, alignCorners };
  // Epochs on other images say nothing about these.
  if (!run || run.record.data.digest !== data.digest) return weights;
  const { seed, recipe } = run.record.spec;
  const { batchSize, learningRate } = recipe;
  const heldOutImages = heldOutOf(run.record.spec);
  const seedAccuracies = [run, ...others].flatMap(({ metrics, record }) => {
    if (heldOutImages !== undefined) return record.test ? [record.test.accuracy] : [];
    const kept = args.last ? metrics.at(-1) : bestEpoch(metrics);
    return kept ? [kept.validationAccuracy] : [];
  });
  return {
    ...{ ...weights, history: run.metrics, seedAccuracies, seed, batchSize, learningRate },
    ...(heldOutImages !== undefined && { heldOutImages }),
  };
}
