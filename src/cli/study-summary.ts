import { join } from "node:path";
import { writeAtomically } from "../files/write-file.node.js";
import { counted, percent } from "../numbers.js";
import {
  type StudyReport,
  type StudyTable,
  studyMarkdown,
  studyPage,
} from "../report/study-report.js";
import type { Comparison } from "../stats/compare.js";
import type { Outcome } from "../study/outcome.js";
import {
  baselinePairs,
  compareResults,
  type StudyResults,
  scoredRuns,
  selectionText,
  studyResults,
} from "../study/results.js";
import { SearchProgress } from "../study/search/search-progress.node.js";
import {
  fateText,
  type SearchRow,
  searchLines,
  searchTable,
} from "../study/search/search-table.js";
import { readOutcomes, type StudyFolder } from "../study/study-folder.node.js";
import { modelSentence, pairSentence } from "../study/verdict-text.js";
import { outcomeText } from "./study-display.js";

/** What a study has shown so far. */
export interface StudySummary {
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
}

/**
 * What the runs of a study have shown that have ended. Of a search, its finalists are compared, by the seeds that did not
 * choose them.
 */
export function summarize(folder: StudyFolder): StudySummary {
  const { directory, record } = folder;
  const search = SearchProgress.of(folder);
  const runs = search === undefined ? folder.runs : (search.finalistRuns ?? []);
  const outcomes = readOutcomes({ directory, runs });
  const results = studyResults(scoredRuns(runs, outcomes));
  const variants = [...new Map(runs.map(({ variant }) => [variant.name, variant])).values()];
  const isCompared = baselinePairs(variants, record.study.baseline);
  const comparison = compareResults(results, isCompared);
  const rows = search && searchTable(search.plan, search.state, search.known);
  return {
    ...{ results, comparison },
    about: aboutText(results, [...outcomes.values()]),
    findings: findingsOf(comparison),
    remarks: [...results.leftOut, ...badRuns([...outcomes.values()])],
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
): string | undefined {
  const total = outcomes.find(({ result }) => result)?.result?.total;
  if (selection === undefined || total === undefined) return undefined;
  return selectionText(selection, total);
}

/** Writes `report.md` and `report.html`, and returns their paths. */
export function writeStudyReport(
  folder: StudyFolder,
  summary: StudySummary,
  directory = folder.directory,
): { readonly markdown: string; readonly html: string } {
  const { study, data } = folder.record;
  const report: StudyReport = {
    title: study.name ?? `Study of ${study.models.map(({ name }) => name).join(", ")}`,
    comparison: summary.comparison,
    about: [
      `Data: ${data.name} (${data.digest.slice(0, 12)}); ${counted(study.seeds.length, "seed")}.`,
      ...(summary.search ? searchAbout(summary) : []),
      ...(summary.about === undefined ? [] : [`${capital(summary.about)}.`]),
    ],
    ...(summary.search && { tables: [searchTableOf(summary.search.rows)] }),
    findings: summary.findings.slice(summary.comparison.models.length),
    remarks: summary.remarks,
  };
  const files = { markdown: join(directory, "report.md"), html: join(directory, "report.html") };
  writeAtomically(files.markdown, studyMarkdown(report));
  writeAtomically(files.html, studyPage(report));
  return files;
}

function searchAbout({ search, comparison }: StudySummary): string[] {
  const [first] = search!.lines;
  const seeds = comparison.models[0]?.seeds.length;
  if (seeds === undefined) return [`${capital(first!)}.`];
  const finalists = `The finalists are compared by ${counted(seeds, "further seed")}, none of which chose them.`;
  return [`${capital(first!)}.`, finalists];
}

function searchTableOf(rows: readonly SearchRow[]): StudyTable {
  return {
    title: "Search",
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

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
