import { join } from "node:path";
import { writeAtomically } from "../files/write-file.node.js";
import { counted } from "../numbers.js";
import { type StudyReport, studyMarkdown, studyPage } from "../report/study-report.js";
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
import type { StudyFolder } from "../study/study-folder.node.js";
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
}

export function summarize(
  { record, runs }: StudyFolder,
  outcomes: ReadonlyMap<string, Outcome>,
): StudySummary {
  const results = studyResults(scoredRuns(runs, outcomes));
  const variants = [...new Map(runs.map(({ variant }) => [variant.name, variant])).values()];
  const isCompared = baselinePairs(variants, record.study.baseline);
  const comparison = compareResults(results, isCompared);
  return {
    ...{ results, comparison },
    about: aboutText(results, [...outcomes.values()]),
    findings: findingsOf(comparison),
    remarks: [...results.leftOut, ...badRuns([...outcomes.values()])],
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
      ...(summary.about === undefined ? [] : [`${capital(summary.about)}.`]),
    ],
    findings: summary.findings.slice(summary.comparison.models.length),
    remarks: summary.remarks,
  };
  const files = { markdown: join(directory, "report.md"), html: join(directory, "report.html") };
  writeAtomically(files.markdown, studyMarkdown(report));
  writeAtomically(files.html, studyPage(report));
  return files;
}

function badRuns(outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter(({ outcome }) => outcome === "collapsed" || outcome === "diverged")
    .map((outcome) => `${outcome.key}: ${outcomeText(outcome)}; it counts with this accuracy`);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
