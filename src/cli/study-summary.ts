import { InputError } from "../errors.js";
import { jsonText } from "../json-text.js";
import { capitalized, counted, listed, percent } from "../numbers.js";
import { readRuns, settingsOf } from "../report/study/read-reported-study.node.js";
import type {
  ReportedModel,
  ReportedStudy,
  ReportedTable,
} from "../report/study/reported-study.js";
import { sharedSettings } from "../report/study-report.js";
import type { Comparison } from "../stats/compare.js";
import { outcomesAt } from "../study/at-epoch.node.js";
import type { PlannedRun } from "../study/expand.js";
import type { Outcome } from "../study/outcome.js";
import {
  baselinePairs,
  compareResults,
  type StudyResults,
  scoredRuns,
  selectionText,
  studyResults,
} from "../study/results.js";
import { comparedRuns, knownRuns, SearchProgress } from "../study/search/search-progress.node.js";
import {
  fateText,
  type SearchRow,
  searchLines,
  searchTable,
} from "../study/search/search-table.js";
import { readOutcomes, type StudyFolder, studyRunFolder } from "../study/study-folder.node.js";
import { modelSentence, pairSentence } from "../study/verdict-text.js";
import { outcomeText } from "./study-display.js";

/** What a study has shown so far. */
export interface StudySummary {
  /** All that are known, and their outcomes. */
  readonly runs: readonly PlannedRun[];
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly results: StudyResults;
  /** Without pairs where fewer than two models have an accuracy. */
  readonly comparison: Comparison;
  /** Which accuracies these are; undefined without any. */
  readonly about: string | undefined;
  /** Models and pairs, a sentence each. */
  readonly findings: readonly string[];
  readonly remarks: readonly string[];
  /** Of a study with a search: how far it is, in lines, and its configurations. */
  readonly search?: { readonly lines: readonly string[]; readonly rows: readonly SearchRow[] };
  /** The epoch that all are compared at, where it is not that of their ends. */
  readonly atEpoch?: number;
}

/**
 * What the runs of a study have shown that have ended. Of a search, its finalists are compared, by the seeds that did not
 * choose them.
 *
 * @param atEpoch compares runs after this epoch, whether or not they have ended
 * @throws InputError where they cannot be compared then
 */
export function summarize(folder: StudyFolder, atEpoch?: number): StudySummary {
  const { directory, record } = folder;
  const search = SearchProgress.of(folder);
  const runs = knownRuns(folder, search);
  if (atEpoch !== undefined && search !== undefined) {
    throw new InputError(
      directory,
      "a study without a search, to compare it at an epoch",
      "one with a search",
    );
  }
  const outcomes =
    atEpoch === undefined
      ? readOutcomes({ directory, runs })
      : outcomesAt({ directory, runs }, atEpoch);
  const compared = comparedRuns(folder, search);
  const ended = compared.flatMap(({ key }) => outcomes.get(key) ?? []);
  const results = studyResults(scoredRuns(compared, outcomes));
  const variants = [...new Map(compared.map(({ variant }) => [variant.name, variant])).values()];
  const isCompared = baselinePairs(variants, record.study.baseline);
  const comparison = compareResults(results, isCompared);
  const rows = search && searchTable(search.plan, search.state, search.known);
  return {
    ...{ runs, outcomes, results, comparison },
    about: aboutText(results, ended, atEpoch),
    ...(atEpoch !== undefined && { atEpoch }),
    findings: findingsOf(comparison),
    remarks: [...results.leftOut, ...badRuns(ended)],
    ...(rows && { search: { lines: searchLines(search.plan, rows), rows } }),
  };
}

export function findingsOf(comparison: Comparison): string[] {
  return [
    ...comparison.models.map(modelSentence),
    ...comparison.pairs.map((pair) => pairSentence(pair, comparison)),
  ];
}

/** Which accuracies are compared; undefined where there are none. */
export function aboutText(
  { selection }: Pick<StudyResults, "selection">,
  outcomes: readonly Outcome[],
  atEpoch?: number,
): string | undefined {
  const total = outcomes.find(({ result }) => result)?.result?.total;
  if (selection === undefined || total === undefined) return undefined;
  return selectionText(selection, total, atEpoch);
}

/** What a comparison says, for its report. */
export interface ReportContent {
  readonly comparison: Comparison;
  /** A sentence per pair. */
  readonly sentences: readonly string[];
  readonly about: string | undefined;
  readonly remarks: readonly string[];
  /** The smallest difference that matters, points. */
  readonly difference?: number | undefined;
  readonly tables?: readonly ReportedTable[] | undefined;
}

/** The content of a summary. Runs that went wrong have a table of their own in the report. */
export function contentOf(
  summary: Omit<StudySummary, "results" | "runs" | "outcomes"> &
    Partial<Pick<StudySummary, "results">>,
): ReportContent {
  const { comparison, findings, about, remarks, results, search } = summary;
  const notes = results?.leftOut ?? remarks;
  return {
    ...{ comparison, about },
    sentences: findings.slice(comparison.models.length),
    remarks: [...(search ? searchAbout(search.lines, comparison) : []), ...notes],
    ...(search && { tables: [searchTableOf(search.rows)] }),
  };
}

/** The report of a study's folder: all of its runs, those of a search's finalists too. */
export function reportOf(folder: StudyFolder, summary: StudySummary): ReportedStudy {
  return reportedStudy(folder, summary, contentOf(summary));
}

/**
 * All that the report of a study's folder shows.
 *
 * @param command that makes it again from its file
 */
export function reportedStudy(
  { directory, record, networks }: Pick<StudyFolder, "directory" | "record" | "networks">,
  { runs, outcomes, atEpoch }: Pick<StudySummary, "runs" | "outcomes" | "atEpoch">,
  content: ReportContent,
  command = "fovea study study.json --out runs/again",
): ReportedStudy {
  const { study, data } = record;
  const located = runs.map(({ key, variant, seed }) => ({
    ...{ key, model: variant.name, seed, outcome: outcomes.get(key) },
    directory: studyRunFolder(directory, key),
  }));
  const read = readRuns(located, atEpoch);
  const variants = new Map(runs.map(({ variant }) => [variant.name, variant]));
  const models = [...variants.values()].map(({ name, recipe, set }): ReportedModel => {
    const parameters = read.models.find((each) => each.name === name)?.parameters;
    const options = networks.get(name)?.options ?? set;
    const settings = settingsOf({ recipe, set: options });
    return { name, settings, ...(parameters !== undefined && { parameters }) };
  });
  const seeds = [...new Set(runs.map(({ seed }) => seed))];
  return {
    title: study.name ?? `Study of ${listed(study.models.map(({ name }) => name))}`,
    ...reportParts(content, read),
    models,
    facts: [
      ["data", data.name],
      ["seeds", listed(seeds.map(String))],
      ...sharedSettings({ models }),
      ...read.facts,
    ],
    commands: [command],
    manifest: jsonText(study, 2),
  };
}

/** All that the report of run folders shows. */
export function reportedRuns(
  located: Parameters<typeof readRuns>[0],
  content: ReportContent,
  command: string,
): ReportedStudy {
  const read = readRuns(located);
  const { models } = read;
  return {
    title: `${listed(models.map(({ name }) => name))} compared`,
    ...reportParts(content, read),
    models,
    facts: [...sharedSettings({ models }), ...read.facts],
    commands: [command],
  };
}

function reportParts(
  { comparison, sentences, about, remarks, difference, tables }: ReportContent,
  { runs, predictions, classNames, remarks: unread }: ReturnType<typeof readRuns>,
) {
  return {
    ...{ runs, comparison, sentences },
    ...(about !== undefined && { about }),
    ...(difference !== undefined && { difference }),
    ...(predictions && { predictions }),
    ...(classNames && { classNames }),
    ...(tables && { tables }),
    remarks: [...remarks, ...unread],
  };
}

function searchAbout([first]: readonly string[], { models }: Comparison): string[] {
  const seeds = models[0]?.seeds.length;
  if (seeds === undefined) return [`${capitalized(first!)}.`];
  const finalists = `The finalists are compared by ${counted(seeds, "further seed")}, none of which chose them.`;
  return [`${capitalized(first!)}.`, finalists];
}

function searchTableOf(rows: readonly SearchRow[]): ReportedTable {
  return {
    ...{ id: "search", title: "Search" },
    columns: [
      { title: "configuration" },
      { title: "epochs", align: "right" },
      { title: "held out %", align: "right" },
      { title: "what became of it" },
    ],
    rows: rows.map((row) => [
      row.configuration,
      String(row.epochs),
      row.accuracy === undefined ? "–" : percent(row.accuracy),
      fateText(row),
    ]),
  };
}

function badRuns(outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter(({ outcome }) => outcome === "collapsed" || outcome === "diverged")
    .map((outcome) => `${outcome.key}: ${outcomeText(outcome)}; it counts with this accuracy`);
}
