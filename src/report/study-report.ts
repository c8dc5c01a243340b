import type { ComparedModel, ComparedPair, Comparison } from "../stats/compare.js";
import { htmlPage, paragraph, tableBlock } from "./html-page.js";
import { escapeMarkdown, markdownTable } from "./markdown-table.js";

/** What a page of a study says. */
export interface StudyReport {
  readonly title: string;
  readonly comparison: Comparison;
  /** Which accuracies these are, and of which data and recipe. */
  readonly about: readonly string[];
  /** Further tables, which stand after those of the comparison. */
  readonly tables?: readonly StudyTable[];
  /** The verdicts in words. */
  readonly findings: readonly string[];
  /** What was left out, and runs that collapsed, diverged or failed. */
  readonly remarks: readonly string[];
}

/** A table of a study's page. */
export interface StudyTable {
  readonly title: string;
  readonly columns: readonly { readonly title: string; readonly align?: "left" | "right" }[];
  readonly rows: readonly (readonly string[])[];
}

const right = "right" as const;

/** A study as Markdown. */
export function studyMarkdown(report: StudyReport): string {
  const list = (lines: readonly string[]) => lines.map((line) => `- ${escapeMarkdown(line)}`);
  const tables = tablesOf(report).flatMap(({ title, columns, rows }) => [
    `## ${title}`,
    markdownTable(
      columns,
      rows.map((cells) => cells.map(escapeMarkdown)),
    ),
  ]);
  const parts = [
    `# ${escapeMarkdown(report.title)}`,
    report.about.map(escapeMarkdown).join("  \n"),
    ...tables,
    ...(report.findings.length > 0 ? ["## Findings", list(report.findings).join("\n")] : []),
    ...(report.remarks.length > 0 ? ["## Remarks", list(report.remarks).join("\n")] : []),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** A study as one self-contained page. */
export function studyPage(report: StudyReport): string {
  const tables = tablesOf(report).map(({ title, columns, rows }) => ({
    id: title.toLowerCase(),
    title,
    content: tableBlock(
      [
        columns.map(({ title: text, align }) => ({ text, align })),
        ...rows.map((cells) =>
          cells.map((text, at) => ({ text, align: columns[at]!.align, header: at === 0 })),
        ),
      ],
      1,
      title,
    ),
  }));
  const lines = (id: string, title: string, texts: readonly string[]) =>
    texts.length === 0
      ? []
      : [{ id, title, content: texts.map((text) => paragraph(text)).join("\n") }];
  return htmlPage({
    title: report.title,
    lead: report.about.map((text) => paragraph(text)).join("\n"),
    sections: [
      ...tables,
      ...lines("findings", "Findings", report.findings),
      ...lines("remarks", "Remarks", report.remarks),
    ],
  });
}

function tablesOf({ comparison, tables = [] }: StudyReport): StudyTable[] {
  const { models, pairs } = comparison;
  const accuracies: StudyTable = {
    title: "Models",
    columns: [
      { title: "model" },
      { title: "mean %", align: right },
      { title: "95 % interval", align: right },
      { title: "seeds", align: right },
      { title: "collapsed", align: right },
      { title: "lowest %", align: right },
      { title: "highest %", align: right },
    ],
    rows: models.map(modelRow),
  };
  const differences: StudyTable = {
    title: "Pairs",
    columns: [
      { title: "pair" },
      { title: "difference", align: right },
      { title: "95 % interval", align: right },
      { title: "p", align: right },
      { title: "p (Holm)", align: right },
      { title: "verdict" },
      { title: "seeds needed", align: right },
    ],
    rows: pairs.map(pairRow),
  };
  return [accuracies, differences, ...tables].filter(({ rows }) => rows.length > 0);
}

function modelRow({ model, values, mean, interval, seeds, collapsed }: ComparedModel): string[] {
  return [
    model,
    mean.toFixed(2),
    ends(interval),
    String(seeds.length),
    String(collapsed),
    Math.min(...values).toFixed(2),
    Math.max(...values).toFixed(2),
  ];
}

function pairRow(pair: ComparedPair): string[] {
  const { a, b, difference, interval, p, pHolm, verdict, seedsNeeded } = pair;
  const better = { a, b, "not settled": undefined }[verdict];
  return [
    `${a} − ${b}`,
    points(difference),
    ends(interval),
    probability(p),
    probability(pHolm),
    better === undefined ? "not settled" : `${better} is better`,
    seedsNeeded === null || !Number.isFinite(seedsNeeded) ? "–" : String(seedsNeeded),
  ];
}

function ends(interval: ComparedModel["interval"]): string {
  return interval === null ? "–" : `${points(interval[0])} to ${points(interval[1])}`;
}

function points(value: number): string {
  return value.toFixed(2).replace("-", "−");
}

function probability(p: number | null): string {
  if (p === null) return "–";
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}
