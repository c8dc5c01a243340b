import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KERNEL_REVISION, loadKernels } from "../engine/build.js";
import { SHARDS } from "../engine/control.js";
import { InputError } from "../errors.js";
import { FolderInUse, lockFolder, lockName } from "../files/folder-lock.node.js";
import { createFolder } from "../files/folders.node.js";
import { readSmallText, readText } from "../files/read-file.node.js";
import { isTemporary, removeFile, writeAtomically } from "../files/write-file.node.js";
import { graphHash } from "../graph/graph-codec.js";
import type { Model } from "../graph/model.js";
import { parseJson } from "../runs/json.js";
import { mostBytes, writeJson } from "../runs/json-file.node.js";
import { decodeModel, encodeModel } from "../runs/model-codec.js";
import { type SpecifiedStudy, type StudyChange, studyChange } from "./change.js";
import { expandStudy, type PlannedRun } from "./expand.js";
import type { Study } from "./manifest.js";
import { type Outcome, outcomeSchema } from "./outcome.js";
import { readJournal } from "./outcome-journal.node.js";
import { checkStudyEngine, decodeStudy, encodeStudy, type StudyRecord } from "./study-codec.js";

/** A study as its folder has it. */
export interface StudyFolder {
  readonly directory: string;
  readonly record: StudyRecord;
  /** In the order in which they begin. */
  readonly runs: readonly PlannedRun[];
  /** The network of each variant. To train them no code of a user is needed. */
  readonly networks: ReadonlyMap<string, Model>;
}

/** A study that is asked for, its networks built for its data. */
export interface AskedStudy {
  readonly study: Study;
  readonly data: StudyRecord["data"];
  readonly networks: ReadonlyMap<string, Model>;
}

/**
 * A folder has another study than the one that is asked for.
 *
 * @example
 * const { record, networks } = readStudy("runs/sweep");
 * const study = { ...record.study, seeds: [7] };
 * try {
 *   await beginStudy("runs/sweep", { study, networks, data: record.data });
 * } catch (error) {
 *   if (error instanceof StudyChangedError) console.log(error.message);
 * }
 */
export class StudyChangedError extends InputError {
  constructor(
    directory: string,
    readonly change: StudyChange,
  ) {
    const { member, recorded, asked } = change;
    super(directory, `${member} ${recorded}, as its study.json has it`, asked);
  }
}

/** How long another process may take to write the folder's `study.json`, milliseconds. */
const longestWait = 10_000;

/** Where the files of a study are. */
export function studyFiles(directory: string) {
  return {
    record: join(directory, "study.json"),
    networks: join(directory, "networks"),
    runs: join(directory, "runs"),
    outcomes: join(directory, "outcomes"),
    claims: join(directory, "claims"),
    journal: join(directory, "outcomes.jsonl"),
  };
}

/** The folder of a run. */
export function studyRunFolder(directory: string, key: string): string {
  return join(studyFiles(directory).runs, key);
}

/** The file that says how a run ended. */
export function outcomeFile(directory: string, key: string): string {
  return join(studyFiles(directory).outcomes, `${key}.json`);
}

/** The file that says which process trains a run. */
export function claimFile(directory: string, key: string): string {
  return join(studyFiles(directory).claims, `${key}.json`);
}

/** Whether there is a study in this folder. */
export function isStudy(directory: string): boolean {
  return existsSync(studyFiles(directory).record);
}

/**
 * Makes the folder of a study, or finds it made already.
 *
 * @param extend whether a study that has more runs than the folder's takes its place
 * @throws StudyChangedError where the folder has another study
 * @throws InputError where the folder cannot be written or holds something else, its study has other data or another
 *   build of the engine
 * @example
 * const recipe = { epochs: 1 };
 * const study = parseManifest({ format: 1, models: ["cnn", "stn"], seeds: 2, data: "digits", recipe }, "sweep");
 * const networks = new Map(["cnn", "stn"].map((name) => [name, models[name].build(data)]));
 * const about = { choice: "digits", name: data.name, digest: data.digest };
 * const folder = await beginStudy("runs/other-sweep", { study, networks, data: about });
 * const outcomes = await runStudy({ folder, data });
 */
export async function beginStudy(
  directory: string,
  asked: AskedStudy,
  extend = false,
): Promise<StudyFolder> {
  const engine = await ownEngine();
  createFolder(directory);
  const lock = await lockPatiently(directory);
  try {
    const known = isStudy(directory) ? readStudy(directory) : undefined;
    if (known) checkSameConditions(known, asked, engine);
    else checkUnused(directory);
    const change = known && studyChange(specified(known), specified(expanded(directory, asked)));
    if (known && change?.kind === "same") return known;
    if (change && !(extend && change.kind === "adds")) {
      throw new StudyChangedError(directory, change);
    }
    writeStudy(directory, asked, engine);
    return readStudy(directory);
  } finally {
    lock.release();
  }
}

/**
 * Reads the folder of a study.
 *
 * @throws InputError where there is none, or one of its files is not as it must be
 * @example
 * const { runs, record } = readStudy("runs/sweep");
 * console.log(runs.length, record.study.models);
 */
export function readStudy(directory: string): StudyFolder {
  const files = studyFiles(directory);
  if (!isStudy(directory)) {
    const got = existsSync(directory) ? "one without study.json" : "no such file or folder";
    throw new InputError(directory, "a folder of a study", got);
  }
  const record = decodeStudy(readText(files.record, "a study", mostBytes), files.record);
  const runs = expandStudy(record.study, files.record);
  const graphs = new Map<string, Model["graph"]>();
  for (const { hash } of record.networks) {
    if (!graphs.has(hash)) {
      graphs.set(hash, readNetwork(join(files.networks, `${hash}.json`), hash).graph);
    }
  }
  const names = new Map(runs.map(({ variant }) => [variant.name, variant.model]));
  const networks = new Map(
    record.networks.map(({ variant, hash, options }) => {
      const [name, graph] = [names.get(variant) ?? variant, graphs.get(hash)!];
      return [variant, { name, graph, ...(options && { options }) }];
    }),
  );
  const missing = runs.find(({ variant }) => !networks.has(variant.name));
  if (missing) throw new InputError(files.record, `a network of ${missing.variant.name}`, "none");
  return { directory, record, runs, networks };
}

/**
 * The outcomes of those runs of a study that have ended, by their keys.
 *
 * @example
 * const outcomes = readOutcomes(readStudy("runs/sweep"));
 * console.log(outcomes.size); // as many as have ended
 */
export function readOutcomes({
  directory,
  runs,
}: Pick<StudyFolder, "directory" | "runs">): Map<string, Outcome> {
  const { outcomes, journal } = studyFiles(directory);
  const known = readJournal(journal);
  const entries = existsSync(outcomes) ? readdirSync(outcomes, { withFileTypes: true }) : [];
  const files = new Map(entries.map((entry) => [entry.name, entry.isFile()]));
  const found = new Map<string, Outcome>();
  for (const { key } of runs) {
    const isFile = files.get(`${key}.json`);
    if (isFile === undefined) continue;
    found.set(key, known.get(key) ?? readOutcome(directory, key, isFile));
  }
  return found;
}

/**
 * As {@link readOutcomes}; those of runs that failed are removed first where they are to be tried again.
 *
 * @throws InputError where one cannot be removed
 */
export function keptOutcomes(
  folder: Pick<StudyFolder, "directory" | "runs">,
  retryFailed = false,
): Map<string, Outcome> {
  const outcomes = readOutcomes(folder);
  for (const [key, { outcome }] of outcomes) {
    if (!retryFailed || outcome !== "failed") continue;
    removeFile(outcomeFile(folder.directory, key));
    outcomes.delete(key);
  }
  return outcomes;
}

/**
 * @param isFile whether it is known to be a file, which is read in less time
 * @throws InputError where the file is not as it must be
 */
export function readOutcome(directory: string, key: string, isFile = false): Outcome {
  const path = outcomeFile(directory, key);
  const expected = "the outcome of a run";
  const text = isFile ? readSmallText(path, expected) : readText(path, expected, mostBytes);
  const outcome = parseJson(text, outcomeSchema, path);
  if (outcome.key === key) return outcome;
  throw new InputError(path, `the outcome of ${key}`, `that of ${outcome.key}`);
}

export function writeOutcome(directory: string, outcome: Outcome): void {
  writeJson(outcomeFile(directory, outcome.key), outcome);
}

/** What rounds in this process. */
export async function ownEngine(): Promise<StudyRecord["engine"]> {
  const { build } = await loadKernels();
  return { build, shards: SHARDS, revision: KERNEL_REVISION };
}

/** Waits while another process begins the same study. */
async function lockPatiently(directory: string) {
  const end = performance.now() + longestWait;
  for (;;) {
    try {
      return lockFolder(directory);
    } catch (error) {
      if (!(error instanceof FolderInUse) || performance.now() > end) throw error;
      await sleep(50);
    }
  }
}

/** What a process that was killed while it began a study may have left. */
function checkUnused(directory: string): void {
  const left = ["networks", "runs", "outcomes", "claims", lockName];
  const other = readdirSync(directory).find((name) => !left.includes(name) && !isTemporary(name));
  if (other !== undefined) {
    throw new InputError(directory, "a folder of a study, or an empty one", `one with ${other}`);
  }
}

function checkSameConditions(
  { directory, record }: StudyFolder,
  asked: AskedStudy,
  engine: StudyRecord["engine"],
): void {
  checkStudyEngine(directory, record.engine, engine);
  checkStudyData({ directory, record }, asked.data);
}

/** @throws InputError where data are not those of a study */
export function checkStudyData(
  { directory, record }: Pick<StudyFolder, "directory" | "record">,
  data: { readonly name: string; readonly digest: string },
): void {
  const { name, digest } = record.data;
  if (digest === data.digest) return;
  const got = `${data.name} (${data.digest.slice(0, 12)})`;
  throw new InputError(directory, `its data ${name} (${digest.slice(0, 12)})`, got);
}

function writeStudy(directory: string, asked: AskedStudy, engine: StudyRecord["engine"]): void {
  const { networks: folder, record, runs, outcomes, claims } = studyFiles(directory);
  for (const each of [folder, runs, outcomes, claims]) createFolder(each);
  const written = new Set<string>();
  const networks = [...asked.networks].map(([variant, model]) => {
    const hash = graphHash(model.graph);
    if (!written.has(hash)) writeAtomically(join(folder, `${hash}.json`), encodeModel(model));
    written.add(hash);
    return { variant, hash, ...(model.options && { options: { ...model.options } }) };
  });
  const { study, data } = asked;
  writeAtomically(record, encodeStudy({ format: 1, study, data, engine, networks }));
}

function readNetwork(path: string, hash: string): Model {
  const model = decodeModel(readText(path, "a network", mostBytes), path);
  const got = graphHash(model.graph);
  if (got === hash) return model;
  throw new InputError(path, `the network ${hash.slice(0, 12)}`, got.slice(0, 12));
}

function expanded(where: string, { study, networks }: AskedStudy) {
  return { record: { study }, runs: expandStudy(study, where), networks };
}

function specified({
  record,
  runs,
  networks,
}: {
  readonly record: Pick<StudyRecord, "study">;
  readonly runs: readonly PlannedRun[];
  readonly networks: ReadonlyMap<string, Model>;
}): SpecifiedStudy {
  const hashes = new Map([...networks].map(([name, { graph }]) => [name, graphHash(graph)]));
  return {
    study: record.study,
    runs: runs.map(({ key, variant }) => ({
      ...{ key, variant },
      network: hashes.get(variant.name)!,
    })),
  };
}
