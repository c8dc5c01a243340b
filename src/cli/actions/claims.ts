import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NoMnistError } from "../../data/load-mnist.node.js";
import { InputError } from "../../errors.js";
import { jsonText } from "../../json-text.js";
import type { CheckpointRecord } from "../../papers/arslan-2021/checkpoints.js";
import {
  missingCheckpoints,
  readRecordedCheckpoints,
  recordCheckpoints,
} from "../../papers/arslan-2021/checkpoints.node.js";
import type { Evidence } from "../../papers/arslan-2021/claims/claim.js";
import { type JudgedClaim, judgeClaims } from "../../papers/arslan-2021/claims/index.js";
import { publishedCurves } from "../../papers/arslan-2021/curves.node.js";
import { claimsPage, runsLine } from "../../papers/arslan-2021/pages/claims-page.js";
import { claimsText } from "../../papers/arslan-2021/pages/claims-text.js";
import { publishedData } from "../../papers/arslan-2021/published.js";
import { seedsOfRecord } from "../../papers/arslan-2021/seeds-of-record.node.js";
import { seedRuns, studyRuns } from "../../papers/arslan-2021/study-runs.js";
import { isReproduction, runFolders } from "../../runs/reproduction.node.js";
import { readRun } from "../../runs/run-folder.node.js";
import type { RunHistory } from "../../runs/run-history.node.js";
import { runHistories } from "../../study/run-histories.node.js";
import { isStudy, readStudy } from "../../study/study-folder.node.js";
import { warnOfLeftOut } from "../fault-lines.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { ActivityLine } from "../terminal/activity-line.js";
import { coloursFor } from "../terminal/colours.js";
import { columnsOf } from "../terminal/live.js";
import { print, printBlock } from "../terminal/output.js";

/** The options of `fovea claims` that were given. */
export interface ClaimsArguments {
  readonly results?: string;
  readonly published?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

const where = "fovea claims";
const root = fileURLToPath(new URL("../../..", import.meta.url));
const resultsOfRecord = join(root, "results", "paper");

/** Judges the study's statements and prints them. */
export async function runClaims(args: ClaimsArguments): Promise<void> {
  if (args.json && args.markdown) {
    throw new InputError(where, "either --json or --markdown", "both");
  }
  const { runs, overSeeds } = chosenRuns(args.results);
  const { checkpoints, source } = await chosenCheckpoints(args.published);
  const evidence = { runs, overSeeds, curves: publishedCurves(), checkpoints };
  const claims = judgeClaims(evidence);
  const trained = [...runs.values()];
  if (args.json) printJson(claims, evidence);
  else if (args.markdown) printBlock(claimsPage({ claims, runs: trained, overSeeds }));
  else {
    const { bold } = coloursFor(process.stdout, process.env);
    print('Study: "From Idea to Implementation" (H. S. Arslan, 2021).');
    print(
      `${runsLine(trained, overSeeds)}${trained.length === 0 ? " --results DIR names some." : ""}`,
    );
    print(`Checkpoints: ${source}.`, "");
    printBlock(claimsText(claims, columnsOf(process.stdout), bold));
  }
}

/** The runs of the folder that was named, else those of record, where there are any. */
function chosenRuns(folder: string | undefined): Pick<Evidence, "runs" | "overSeeds"> {
  if (folder === undefined) {
    const found = isReproduction(resultsOfRecord) ? runsIn(resultsOfRecord) : [];
    return { runs: studyRuns(found), overSeeds: seedsOfRecord(root) };
  }
  const found = runsIn(folder);
  const runs = studyRuns(found);
  if (runs.size === 0) {
    const expected = `a run of the study's recipe on ${publishedData} with an epoch`;
    throw new InputError(folder, expected, described(found));
  }
  return { runs, overSeeds: seedRuns(found) };
}

/** The runs of a study, of `fovea reproduce`, or the one in a run folder. */
function runsIn(folder: string): readonly RunHistory[] {
  if (isStudy(folder)) return [...runHistories(readStudy(folder))].map(([, history]) => history);
  const found = runFolders(folder).map(readRun);
  warnOfLeftOut(found);
  return found;
}

function described(runs: readonly RunHistory[]): string {
  const [first] = runs;
  if (!first) return "none";
  const { model, data, spec } = first.record;
  const { batchSize, learningRate } = spec.recipe;
  return `${model} on ${data.name}, batch size ${batchSize}, learning rate ${learningRate}, ${first.metrics.length} epochs`;
}

interface ChosenCheckpoints {
  readonly checkpoints: readonly CheckpointRecord[];
  /** Where their figures are from, in words. */
  readonly source: string;
}

/** The checkpoints of the named folder, else those at hand, evaluated now; else as recorded. */
async function chosenCheckpoints(named: string | undefined): Promise<ChosenCheckpoints> {
  const folder = named ?? publishedFolder();
  if (folder === undefined) return recordedCheckpoints("evaluations as recorded");
  try {
    return { checkpoints: await evaluated(folder), source: `evaluated from ${folder}` };
  } catch (error) {
    if (!(error instanceof NoMnistError)) throw error;
    if (named === undefined) {
      return recordedCheckpoints(`evaluations as recorded, as there is no MNIST for ${folder}`);
    }
    const expected = `MNIST in FOVEA_DATA's folder, in the cache or on a mirror, to evaluate ${folder}`;
    throw new InputError(where, `${expected} (recorded evaluations need none)`, error.got);
  }
}

function recordedCheckpoints(source: string): ChosenCheckpoints {
  return { checkpoints: readRecordedCheckpoints().checkpoints, source };
}

async function evaluated(folder: string): Promise<readonly CheckpointRecord[]> {
  const [missing] = missingCheckpoints(folder);
  if (missing !== undefined) {
    const got = existsSync(folder) ? `none with the name ${missing}` : "no such file or folder";
    throw new InputError(folder, "a folder with the study's three checkpoints", got);
  }
  const interruption = new Interruption();
  const line = new ActivityLine(process.stderr);
  interruption.announce = (text) => line.note(text);
  try {
    const { data } = await loadChosenData({ choice: publishedData, options: {} }, interruption);
    interruption.beforeQuit = () => line.clear();
    const { checkpoints } = await recordCheckpoints(folder, data, {
      onActivity: (activity) => line.show(`evaluating: ${activity}`),
      signal: interruption.signal,
    });
    return checkpoints;
  } finally {
    line.clear();
    interruption.close();
  }
}

/** `published/` in FOVEA_DATA's folder, if it has all of the checkpoints. */
function publishedFolder(): string | undefined {
  const { FOVEA_DATA } = process.env;
  if (!FOVEA_DATA) return undefined;
  const folder = join(FOVEA_DATA, "published");
  return missingCheckpoints(folder).length === 0 ? folder : undefined;
}

function printJson(claims: readonly JudgedClaim[], evidence: Evidence): void {
  const { checkpoints, overSeeds } = evidence;
  const runs = [...evidence.runs.values()].map(({ model, seed, metrics }) => {
    return { model, seed, epochs: metrics.length };
  });
  const seeds = overSeeds && {
    models: [...overSeeds.curves.keys()],
    seeds: overSeeds.seeds,
    epochs: overSeeds.epochs,
  };
  print(jsonText({ runs, overSeeds: seeds, checkpoints, claims }));
}
