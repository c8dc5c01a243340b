import { thousands } from "../numbers.js";
import type { ComparedModel } from "../stats/compare.js";
import { figureBlock, htmlPage, type PageSection, paragraph, tableBlock } from "./html-page.js";
import { escapeMarkdown, markdownTable } from "./markdown-table.js";
import { escapeMarkup, type Figure } from "./markup.js";
import { answerText, faultText, mostPairs } from "./study/answer.js";
import { endsText, pointsText, probabilityText } from "./study/number-text.js";
import { isBad, type ReportedStudy, type ReportedTable } from "./study/reported-study.js";
import { commonSettings, variedSettings } from "./study/settings-data.js";
import { stabilityTables } from "./study/stability-tables.js";
import { studyFigures, studyMarks } from "./study/study-figures.js";

const right = "right" as const;

/** Where a page of Markdown finds the figures: the address of each, by its name. */
export type FigureAddress = (name: string) => string;

/**
 * A study as Markdown: the answer, the figures, the tables, and what the runs were.
 *
 * @param addressOf where the figures' files are; default: without figures
 * @param figures those of the study, where they are drawn already
 */
export function studyMarkdown(
  study: ReportedStudy,
  addressOf?: FigureAddress,
  figures: readonly Figure[] = addressOf === undefined ? [] : studyFigures(study),
): string {
  const list = (lines: readonly string[]) => lines.map((line) => `- ${escapeMarkdown(line)}`);
  const faults = faultText(study.runs);
  const tables = studyTables(study).flatMap((table) => [
    `## ${table.title}`,
    markdownTable(
      table.columns,
      table.rows.map((cells) => cells.map(escapeMarkdown)),
    ),
  ]);
  const parts = [
    `# ${escapeMarkdown(study.title)}`,
    `**${escapeMarkdown(answerText(study))}**`,
    ...aboutLines(study).map(escapeMarkdown),
    ...(faults === "" ? [] : [escapeMarkdown(faults)]),
    ...(addressOf ? figures.flatMap((figure) => figureMarkdown(figure, addressOf)) : []),
    ...tables,
    ...(areToldApart(study) ? ["## Pairs in words", list(study.sentences).join("\n")] : []),
    ...(study.remarks.length > 0 ? ["## Remarks", list(study.remarks).join("\n")] : []),
    ...runsMarkdown(study),
  ];
  return `${parts.join("\n\n")}\n`;
}

/**
 * The answer of a study, its models, and the accuracy of every seed: for a page that shows more than the study.
 *
 * @param figures those of the study
 */
export function studyExcerpt(
  study: ReportedStudy,
  addressOf: FigureAddress,
  figures: readonly Figure[],
): string {
  const { columns, rows } = modelTable(study);
  const [seeds] = figures;
  const parts = [
    escapeMarkdown(answerText(study)),
    ...aboutLines(study).map(escapeMarkdown),
    ...(seeds === undefined
      ? []
      : [
          `![${escapeMarkdown(seeds.title)}](${addressOf(seeds.name)})`,
          escapeMarkdown(seeds.caption),
        ]),
    markdownTable(
      columns,
      rows.map((cells) => cells.map(escapeMarkdown)),
    ),
  ];
  return parts.join("\n\n");
}

function figureMarkdown({ name, title, caption }: Figure, addressOf: FigureAddress): string[] {
  return [
    `## ${title}`,
    `![${escapeMarkdown(title)}](${addressOf(name)})`,
    escapeMarkdown(caption),
  ];
}

function runsMarkdown({ facts, commands, manifest }: ReportedStudy): string[] {
  const rows = facts.map((cells) => cells.map(escapeMarkdown));
  return [
    ...(rows.length > 0
      ? ["## The runs", markdownTable([{ title: "what" }, { title: "value" }], rows)]
      : []),
    ...(commands.length > 0
      ? ["## To make it again", `\`\`\`\n${commands.join("\n")}\n\`\`\``]
      : []),
    ...(manifest === undefined
      ? []
      : [
          `<details><summary>The study's file</summary>\n\n\`\`\`json\n${manifest.trim()}\n\`\`\`\n\n</details>`,
        ]),
  ];
}

/**
 * A study as one self-contained page.
 *
 * @param drawn its figures, where they are drawn already
 */
export function studyPage(
  study: ReportedStudy,
  drawn: readonly Figure[] = studyFigures(study),
): string {
  const faults = faultText(study.runs);
  const lead = [
    `<p class="answer">${escapeMarkup(answerText(study))}</p>`,
    ...aboutLines(study).map((line) => paragraph(line, "note")),
    ...(faults === "" ? [] : [`<p class="caveat fault">${escapeMarkup(faults)}</p>`]),
  ];
  const figures = drawn.map((figure) => ({
    id: `figure-${figure.name}`,
    title: figure.title,
    content: figureBlock(figure),
  }));
  const tables = studyTables(study).map(tableSection);
  return htmlPage({
    title: study.title,
    lead: lead.join("\n"),
    marks: studyMarks(study),
    sections: [
      ...figures,
      ...tables,
      ...(areToldApart(study) ? lines("findings", "Pairs in words", study.sentences) : []),
      ...lines("remarks", "Remarks", study.remarks),
      ...runsSection(study),
    ].map((section, at) => (at === 0 ? { ...section, style: pageStyle } : section)),
  });
}

function tableSection({ id, title, columns, rows }: ReportedTable): PageSection {
  const table = tableBlock(
    [
      columns.map(({ title: text, align }) => ({ text, align })),
      ...rows.map((cells) =>
        cells.map((text, at) => ({ text, align: columns[at]!.align, header: at === 0 })),
      ),
    ],
    1,
    title,
  );
  const isLong = rows.length > mostRows;
  const folded = `<details><summary>${rows.length} rows</summary>\n${table}\n</details>`;
  return { id, title, content: isLong ? folded : table };
}

/** The answer tells a few pairs, and the table tells many. */
function areToldApart({ sentences }: ReportedStudy): boolean {
  return sentences.length > mostPairs && sentences.length <= mostRows;
}

/** A longer table is folded. */
const mostRows = 30;

const pageStyle = `header p.answer{font-size:19px;line-height:1.45}
.facts th{width:1%}
.facts td{white-space:normal;overflow-wrap:anywhere}
`;

function aboutLines({ about, naming }: ReportedStudy): string[] {
  return [
    ...(about === undefined ? [] : [`Compared are ${about}.`]),
    ...(naming === undefined ? [] : [naming]),
  ];
}

function lines(id: string, title: string, texts: readonly string[]): PageSection[] {
  if (texts.length === 0) return [];
  const items = texts.map((text) => `<li>${escapeMarkup(text)}</li>`);
  return [{ id, title, content: `<ul>\n${items.join("\n")}\n</ul>` }];
}

function runsSection({ facts, commands, manifest }: ReportedStudy): PageSection[] {
  const rows = facts.map(([name, value]) => [{ text: name, header: true }, { text: value }]);
  const content = [
    ...(rows.length > 0 ? [`<div class="facts">${tableBlock(rows, 0, "The runs")}</div>`] : []),
    ...(commands.length > 0
      ? [
          paragraph("To make it again:"),
          `<pre><code>${commands.map(escapeMarkup).join("\n")}</code></pre>`,
        ]
      : []),
    ...(manifest === undefined
      ? []
      : [
          `<details><summary>The study's file</summary>\n<pre><code>${escapeMarkup(manifest.trim())}</code></pre>\n</details>`,
        ]),
  ];
  return content.length === 0
    ? []
    : [{ id: "runs", title: "The runs", content: content.join("\n") }];
}

/** The tables of a report; those without rows are left out. */
function studyTables(study: ReportedStudy): ReportedTable[] {
  const { tables = [] } = study;
  const own = [
    modelTable(study),
    pairTable(study),
    ...stabilityTables(study),
    settingTable(study),
    badTable(study),
  ];
  return [...own, ...tables].filter(({ rows }) => rows.length > 0);
}

function modelTable({ comparison, models }: ReportedStudy): ReportedTable {
  const parameters = new Map(models.map((each) => [each.name, each.parameters]));
  return {
    ...{ id: "models", title: "Models" },
    columns: [
      { title: "model" },
      { title: "mean %", align: right },
      { title: "95 % interval", align: right },
      { title: "seeds", align: right },
      { title: "collapsed", align: right },
      { title: "lowest %", align: right },
      { title: "highest %", align: right },
      { title: "parameters", align: right },
    ],
    rows: comparison.models.map((each) => {
      const count = parameters.get(each.model);
      return [...modelCells(each), count === undefined ? "–" : thousands(count)];
    }),
  };
}

function modelCells({ model, values, mean, interval, seeds, collapsed }: ComparedModel): string[] {
  return [
    model,
    mean.toFixed(2),
    endsText(interval),
    String(seeds.length),
    String(collapsed),
    Math.min(...values).toFixed(2),
    Math.max(...values).toFixed(2),
  ];
}

function pairTable({ comparison }: ReportedStudy): ReportedTable {
  return {
    ...{ id: "pairs", title: "Pairs" },
    columns: [
      { title: "pair" },
      { title: "difference", align: right },
      { title: "95 % interval", align: right },
      { title: "p", align: right },
      { title: "p (Holm)", align: right },
      { title: "verdict" },
      { title: "seeds needed", align: right },
    ],
    rows: comparison.pairs.map(({ a, b, difference, interval, p, pHolm, verdict, seedsNeeded }) => {
      const better = { a, b, "not settled": undefined }[verdict];
      return [
        `${a} − ${b}`,
        pointsText(difference),
        endsText(interval),
        probabilityText(p),
        probabilityText(pHolm),
        better === undefined ? "not settled" : `${better} is better`,
        seedsNeeded === null || !Number.isFinite(seedsNeeded) ? "–" : String(seedsNeeded),
      ];
    }),
  };
}

/** The settings in which models differ. */
function settingTable({ models }: ReportedStudy): ReportedTable {
  const varied = variedSettings(models);
  return {
    ...{ id: "settings", title: "Settings that differ" },
    columns: [{ title: "model" }, ...varied.map(({ path }) => ({ title: path, align: right }))],
    rows:
      varied.length === 0
        ? []
        : models.map(({ name, settings }) => [
            name,
            ...varied.map(({ path }) => String(settings.get(path) ?? "–")),
          ]),
  };
}

/** Runs that are no figures of their models. */
function badTable({ runs }: ReportedStudy): ReportedTable {
  const bad = runs.filter((run) => isBad(run) || run.ending === "failed");
  return {
    ...{ id: "faults", title: "Runs that went wrong" },
    columns: [
      { title: "run" },
      { title: "ended" },
      { title: "accuracy %", align: right },
      { title: "why" },
    ],
    rows: bad.map(({ model, seed, ending, accuracy, reason }) => [
      `${model}, seed ${seed}`,
      ending,
      accuracy?.toFixed(2) ?? "–",
      reason ?? "–",
    ]),
  };
}

/** The settings that all models share, for the list of what the runs were. */
export function sharedSettings(
  study: Pick<ReportedStudy, "models">,
): (readonly [name: string, value: string])[] {
  return commonSettings(study.models).map(([path, value]) => [path, String(value)]);
}
