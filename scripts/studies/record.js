import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { gzipSync } from "fflate";
import { InputError } from "../../dist/errors.js";
import { createFolder } from "../../dist/files/folders.node.js";
import { readText } from "../../dist/files/read-file.node.js";
import { removeFile, writeAtomically } from "../../dist/files/write-file.node.js";
import { graphHash } from "../../dist/graph/graph-codec.js";
import { isModelName } from "../../dist/graph/model.js";
import { jsonText } from "../../dist/json-text.js";
import { predictionsFile } from "../../dist/report/study/read-reported-study.node.js";
import { encodeModel } from "../../dist/runs/model-codec.js";
import {
  readOwnPredictions,
  readRecord,
  runFiles,
  writeRecord,
} from "../../dist/runs/run-folder.node.js";
import { outcomesAt } from "../../dist/study/at-epoch.node.js";
import { encodeStudy } from "../../dist/study/study-codec.js";
import {
  readOutcomes,
  readStudy,
  studyFiles,
  studyRunFolder,
  writeOutcome,
} from "../../dist/study/study-folder.node.js";
import { encodeStudyPredictions, joinPredictions } from "../../dist/study/study-predictions.js";

/** The folder of the studies of record, relative to the root. */
export const studiesFolder = "results/studies";

/** The manifest of a recorded study, which `fovea study` takes. */
export const manifestFile = "manifest.json";

/** Where the page compares runs at an epoch before their ends: which one, `{ "atEpoch": 100 }`. */
const pageFile = "page.json";

/** The epoch at which the runs of a recorded study are compared; undefined where that is their end. */
export function recordedEpoch(directory) {
  const path = join(directory, pageFile);
  return existsSync(path) ? JSON.parse(readText(path, "how a study is shown")).atEpoch : undefined;
}

/**
 * Copies what a report needs of a study into `results/studies/NAME/`: a folder of a study again, without weights, and
 * with the predictions of all runs in one compressed file. All is read before anything is written.
 *
 * @param atEpoch records runs that have not ended, too, and compares all after this epoch
 */
export function recordStudy(directory, name, root, atEpoch) {
  if (!isModelName(name)) {
    const expected = "a name of letters, digits, dots, dashes and underscores";
    throw new InputError("--record", expected, name);
  }
  const folder = readStudy(directory);
  const outcomes = readOutcomes(folder);
  const shown = atEpoch === undefined ? outcomes : outcomesAt(folder, atEpoch);
  if (shown.size === 0) {
    const expected =
      atEpoch === undefined ? "a run that has ended" : `a run with ${atEpoch} epochs`;
    throw new InputError(directory, expected, "none");
  }
  const { study, data } = folder.record;
  if (isAbsolute(study.data)) {
    throw new InputError(directory, "data that other machines find, too", study.data);
  }
  const runs = folder.runs
    .filter(({ key }) => outcomes.has(key) || shown.has(key))
    .flatMap(({ key }) => readRunFiles(studyRunFolder(directory, key), key) ?? []);
  const target = join(root, studiesFolder, name);
  const files = studyFiles(target);
  for (const each of [target, files.networks, files.outcomes, files.runs]) createFolder(each);
  for (const model of folder.networks.values()) {
    writeAtomically(join(files.networks, `${graphHash(model.graph)}.json`), encodeModel(model));
  }
  for (const outcome of outcomes.values()) writeOutcome(target, outcome);
  for (const run of runs) writeRunFiles(studyRunFolder(target, run.key), run);
  const table = joinPredictions(runs.filter(({ predictions }) => predictions !== undefined));
  if (table !== undefined) {
    // A time in the file would make it another file each day.
    const packed = gzipSync(encodeStudyPredictions(table), { level: 9, mtime: 0 });
    writeAtomically(join(target, predictionsFile), packed);
  }
  writeAtomically(join(target, manifestFile), `${jsonText(study, 2)}\n`);
  if (atEpoch === undefined) removeFile(join(target, pageFile));
  else writeAtomically(join(target, pageFile), `${jsonText({ atEpoch }, 2)}\n`);
  // Last, as a folder with it is a study.
  const known = { ...folder.record, data: { ...data, choice: data.name } };
  writeAtomically(files.record, encodeStudy(known));
}

/** Undefined of a run that failed before its first step. */
function readRunFiles(directory, key) {
  const files = runFiles(directory);
  const record = recordOf(directory);
  if (record === undefined) return undefined;
  return {
    key,
    record,
    metrics: readText(files.metrics, "a run's metrics"),
    predictions: readOwnPredictions(files.predictions, record),
  };
}

function recordOf(directory) {
  try {
    return readRecord(directory);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function writeRunFiles(directory, { record, metrics }) {
  createFolder(directory);
  // The data's folder means nothing on other machines; their name is found everywhere.
  writeRecord(directory, { ...record, data: { ...record.data, source: record.data.name } });
  writeAtomically(runFiles(directory).metrics, metrics);
}
