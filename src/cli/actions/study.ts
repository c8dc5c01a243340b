import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import type { Dataset } from "../../data/dataset.js";
import { InputError } from "../../errors.js";
import { createParent } from "../../files/folders.node.js";
import { readText } from "../../files/read-file.node.js";
import { jsonText } from "../../json-text.js";
import { counted, duration } from "../../numbers.js";
import { figuresJson, studyFiguresData } from "../../report/study/study-figures.js";
import { writeStudyReport } from "../../report/study/write-study-report.node.js";
import { parseJson } from "../../runs/json.js";
import { mostBytes } from "../../runs/json-file.node.js";
import { estimatedSeconds, type Speed } from "../../study/estimate.js";
import { expandStudy, type PlannedRun } from "../../study/expand.js";
import { parseManifest } from "../../study/manifest.js";
import { searchPlan } from "../../study/search/judge.js";
import { planLines, plannedPart } from "../../study/search/plan-lines.js";
import {
  type AskedStudy,
  beginStudy,
  isStudy,
  readOutcomes,
  readStudy,
  StudyChangedError,
  type StudyFolder,
} from "../../study/study-folder.node.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { byDefault } from "../output-folder.js";
import { chosenQueue } from "../queue-server.js";
import { recordedData } from "../recorded-data.js";
import { studyNetworks } from "../study-networks.js";
import { type SpeedOptions, studySpeeds } from "../study-speeds.js";
import { reportOf, type StudySummary, summarize } from "../study-summary.js";
import { note, print, printBlock } from "../terminal/output.js";
import { trainStudy } from "../train-study.js";

/** The options of `fovea study` that were given. */
export interface StudyArguments {
  readonly out?: string;
  readonly dryRun?: boolean;
  readonly extend?: boolean;
  readonly threads?: number;
  readonly untilEpoch?: number;
  readonly queue?: string;
  readonly json?: boolean;
}

/** The options of `fovea study resume` that were given. */
export interface ResumeArguments {
  readonly threads?: number;
  readonly untilEpoch?: number;
  readonly queue?: string;
  readonly json?: boolean;
  readonly retryFailed?: boolean;
}

/** Trains what is missing of a study, and compares its models. */
export async function runStudyFile(file: string, args: StudyArguments): Promise<void> {
  checkTogether(args);
  const text = readText(file, "the manifest of a study", mostBytes);
  const study = parseManifest(parseJson(text, z.unknown(), file), file);
  expandStudy(study, file);
  const directory = args.out ?? join("runs", `study-${basename(file).replace(/\.[^.]*$/, "")}`);
  const interruption = new Interruption();
  try {
    const choice = { choice: dataChoice(study.data, file), options: study.pictures ?? {} };
    const { data, reason, notes } = await loadChosenData(choice, interruption);
    say(args, reason, ...notes);
    const networks = await studyNetworks(file, study, data, file);
    const asked = { study, networks, data: dataOf(data) };
    if (args.dryRun) {
      await printPlan(asked, { data, directory, args });
      return;
    }
    if (args.out === undefined) byDefault(() => createParent("runs"));
    const folder = await begin(directory, asked, args.extend);
    await trainAndReport(folder, { data, interruption, args });
  } finally {
    interruption.close();
  }
}

/** Continues a study from its folder alone. */
export async function runStudyResume(directory: string, args: ResumeArguments): Promise<void> {
  checkTogether(args);
  const folder = readStudy(directory);
  const interruption = new Interruption();
  try {
    const { choice, name } = folder.record.data;
    const found = recordedData({ name, source: choice });
    const options = folder.record.study.pictures ?? {};
    const { data, reason, notes } = await loadChosenData({ choice: found, options }, interruption);
    say(args, reason, ...notes);
    await trainAndReport(folder, { data, interruption, args });
  } finally {
    interruption.close();
  }
}

function checkTogether({ queue, untilEpoch }: ResumeArguments): void {
  if (queue === undefined || untilEpoch === undefined) return;
  throw new InputError("fovea study", "one of --queue, --until-epoch", "both");
}

/** The options of `fovea study report` that were given. */
export interface StudyReportArguments {
  readonly out?: string;
  readonly atEpoch?: number;
  readonly figures?: boolean;
  readonly json?: boolean;
}

/** Writes the report of a study as far as it is. */
export function runStudyReport(directory: string, args: StudyReportArguments): void {
  const folder = readStudy(directory);
  const summary = summarize(folder, args.atEpoch);
  if (!args.json) {
    conclude(folder, summary, args);
    return;
  }
  const study = reportOf(folder, summary);
  writeStudyReport(study, args.out ?? directory, args);
  for (const line of summary.remarks) note(line);
  const runs = study.runs.map(({ key, model, seed, ending, accuracy = null }) => ({
    ...{ key, model, seed, ended: ending, accuracy },
  }));
  const figures = figuresJson(studyFiguresData(study));
  printBlock(jsonText({ ...summaryJson(summary), runs, figures }, 2));
}

/** What a study says of its data, so that it finds them again. */
export function dataOf(data: Dataset): AskedStudy["data"] {
  return { choice: recordedData(data), name: data.name, digest: data.digest };
}

async function begin(
  directory: string,
  asked: AskedStudy,
  extend: boolean | undefined,
): Promise<StudyFolder> {
  try {
    return await beginStudy(directory, asked, extend);
  } catch (error) {
    if (!(error instanceof StudyChangedError)) throw error;
    const { change, expected, got } = error;
    const hint =
      change.kind === "adds"
        ? "(--extend adds the new runs)"
        : "(--extend only adds runs; --out names another folder)";
    throw new InputError(error.where, expected, `${got} ${hint}`);
  }
}

async function trainAndReport(
  folder: StudyFolder,
  {
    data,
    interruption,
    args,
  }: {
    readonly data: Dataset;
    readonly interruption: Interruption;
    readonly args: ResumeArguments;
  },
): Promise<void> {
  const { threads, queue, json, retryFailed, untilEpoch } = args;
  const chosen = queue === undefined ? undefined : await chosenQueue("fovea study", queue);
  try {
    if (chosen) say(args, `queue: ${chosen.server.shown}; start workers with fovea worker`);
    await trainStudy({
      ...{ folder, data, interruption, threads, json, retryFailed, untilEpoch },
      ...(chosen && { queue: chosen }),
    });
    conclude(folder, summarize(folder, untilEpoch), args);
  } finally {
    await chosen?.server.close();
  }
}

function summaryJson({ comparison, search }: StudySummary) {
  return { ...comparison, ...(search && { search: search.rows }) };
}

/** Prints what a study has shown, and writes its report. */
function conclude(
  folder: StudyFolder,
  summary: StudySummary,
  { out, figures, json }: StudyReportArguments,
): void {
  const study = reportOf(folder, summary);
  const written = writeStudyReport(study, out ?? folder.directory, { figures });
  for (const line of summary.remarks) note(line);
  if (json) {
    printBlock(jsonText(summaryJson(summary), 2));
    return;
  }
  print(...(summary.search?.lines ?? []));
  if (summary.about !== undefined) print(`compared: ${summary.about}`);
  print(...summary.findings);
  print(`report: ${written.html}`);
  if (figures)
    print(
      `figures: ${counted(written.figures.length, "file")} in ${join(out ?? folder.directory, "figures")}`,
    );
}

/** Paths begin in the manifest's folder. */
function dataChoice(choice: string, file: string): string {
  return choice.startsWith(".") ? join(dirname(file), choice) : choice;
}

async function printPlan(
  asked: AskedStudy,
  {
    data,
    directory,
    args,
  }: { readonly data: Dataset; readonly directory: string; readonly args: StudyArguments },
): Promise<void> {
  const runs = expandStudy(asked.study);
  const known = isStudy(directory) ? readOutcomes({ directory, runs }) : new Map();
  const left = runs.filter(({ key }) => !known.has(key));
  const { search } = asked.study;
  const planned = search && searchPlan(search, runs);
  const speeds = await speedsOf(asked, { directory, runs, left, data });
  const part = planned === undefined ? 1 : plannedPart(planned);
  const seconds = part * estimatedSeconds(left, speeds, args.threads ?? availableParallelism());
  if (args.json) {
    const plan = runs.map(({ key, variant, seed }) => ({
      ...{ key, model: variant.model, seed, recipe: variant.recipe, set: variant.set },
      ended: known.has(key),
    }));
    printBlock(jsonText({ runs: plan, seconds }, 2));
    return;
  }
  for (const { key } of runs) print(known.has(key) ? `${key}  ended` : key);
  if (planned) print(...planLines(planned));
  const sources = [...new Set([...speeds.values()].map(({ source }) => source))];
  const basis = sources.length === 0 ? "" : ` (by ${sources.join(" and ")})`;
  print(
    `${counted(runs.length, "run")}, ${left.length} to train: about ${duration(seconds)}${basis}`,
  );
}

/** Of a search with many configurations, one of each model is measured for all. */
async function speedsOf(
  { study, networks }: AskedStudy,
  options: Omit<SpeedOptions, "networks">,
): Promise<Map<string, Speed>> {
  if (study.search === undefined) return studySpeeds({ ...options, networks });
  const first = new Map<string, PlannedRun>();
  for (const run of options.left) {
    if (!first.has(run.variant.model)) first.set(run.variant.model, run);
  }
  const measured = await studySpeeds({ ...options, left: [...first.values()], networks });
  return new Map(
    options.left.map(({ variant }) => [
      variant.name,
      measured.get(first.get(variant.model)!.variant.name)!,
    ]),
  );
}

function say({ json }: { readonly json?: boolean }, ...lines: readonly string[]): void {
  for (const line of lines) (json ? note : print)(line);
}
