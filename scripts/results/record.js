import { join } from "node:path";
import { InputError } from "../../dist/errors.js";
import { createFolder } from "../../dist/files/folders.node.js";
import { readText } from "../../dist/files/read-file.node.js";
import { writeAtomically } from "../../dist/files/write-file.node.js";
import { classifierNames } from "../../dist/models/index.js";
import { publishedData } from "../../dist/papers/arslan-2021/published.js";
import { recipe } from "../../dist/papers/arslan-2021/recipe.js";
import { isReproduction, runFolders, writeSettings } from "../../dist/runs/reproduction.node.js";
import { readRun, runFiles, writeModel, writeRecord } from "../../dist/runs/run-folder.node.js";

/** The folder of the runs of record, relative to the root. */
export const paperFolder = "results/paper";

/**
 * Copies configuration and metrics of finished runs with the study's recipe into `results/paper/`. Runs of the
 * same models are replaced, those of other models kept. Everything is checked before anything is written.
 */
export function recordRuns(folders, root) {
  if (folders.length === 0) {
    throw new InputError("--record", "folders of fovea reproduce", "none");
  }
  const found = folders.flatMap(runFolders).map(readRun);
  for (const run of found) checkRun(run);
  const target = join(root, paperFolder);
  const recorded = isReproduction(target) ? runFolders(target).map(readRun) : [];
  const runs = classifierNames.flatMap(
    (model) => onlyRunOf(model, found) ?? onlyRunOf(model, recorded) ?? [],
  );
  for (const run of runs) checkSame(run, runs[0]);
  createFolder(target);
  for (const run of found) writeRun(join(target, run.record.model), run);
  writeSettings(target, settingsOf(runs));
}

function checkRun({ directory, record, metrics }) {
  const { paperEpochs, batchSize, learningRate } = recipe;
  const wanted = [
    ["data", publishedData, record.data.name],
    ["batch size", batchSize, record.spec.recipe.batchSize],
    ["learning rate", learningRate, record.spec.recipe.learningRate],
    ["epochs asked for", paperEpochs, record.spec.recipe.epochs],
    ["epochs done", paperEpochs, metrics.length],
    ["state", "done", record.state],
  ];
  for (const [what, expected, got] of wanted) {
    if (got !== expected) throw new InputError(directory, `${what} ${expected}`, `${got}`);
  }
}

function onlyRunOf(model, runs) {
  const own = runs.filter(({ record }) => record.model === model);
  if (own.length <= 1) return own[0];
  const got = own.map(({ directory }) => directory).join(" and ");
  throw new InputError("--record", `one run of ${model}`, got);
}

/** Checks that runs are comparable; times and machines may differ. */
function checkSame({ directory, record }, first) {
  const compared = [
    ["seed", (each) => each.spec.seed],
    ["data digest", (each) => each.data.digest],
    ["engine build", (each) => each.spec.engine.build],
    ["version", (each) => each.versions.fovea],
  ];
  for (const [what, of] of compared) {
    const expected = of(first.record);
    if (of(record) === expected) continue;
    const expectation = `${what} ${expected}, as ${first.directory}`;
    throw new InputError(directory, expectation, `${of(record)}`);
  }
}

function writeRun(directory, { directory: original, record, model }) {
  createFolder(directory);
  writeModel(directory, model);
  // The data's folder means nothing on other machines; their name is found everywhere.
  writeRecord(directory, { ...record, data: { ...record.data, source: record.data.name } });
  const metrics = readText(runFiles(original).metrics, "a run's metrics");
  writeAtomically(runFiles(directory).metrics, metrics);
}

function settingsOf(runs) {
  const { spec, data } = runs[0].record;
  const { epochs, batchSize, learningRate } = spec.recipe;
  const { seed } = spec;
  return {
    format: 1,
    epochs,
    seed,
    models: runs.map(({ record }) => record.model),
    batchSize,
    learningRate,
    data: { choice: data.name, digest: data.digest },
  };
}
