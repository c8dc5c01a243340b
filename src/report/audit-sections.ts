import type { CheckResult } from "../audit/audit.js";
import type { Verdict } from "../audit/check.js";
import { type CheckName, checkTitle } from "../audit/check-names.js";
import type { DeadReason } from "../audit/dead-parameters.js";
import type { ChosenEpoch } from "../audit/selection.js";
import type { AffineParts } from "../inspect/affine-parts.js";
import { capitalized, percent, thousands } from "../numbers.js";
import type { AuditRecord } from "../runs/audit-codec.js";
import { type FiguresOf, invarianceFigure, leakageFigure } from "./audit-figures.js";
import {
  figureBlock,
  type PageSection,
  paragraph,
  type TableCell,
  tableBlock,
} from "./html-page.js";
import { type Figure, unbroken } from "./markup.js";

/** The question that each check answers. */
const questions: Readonly<Record<CheckName, string>> = {
  finite: "Are the weights, and what comes out of them, finite numbers?",
  leakage: "Does what an image is classified as depend on the images beside it?",
  dead: "Which parameters change no result?",
  collapse: "Did the training collapse?",
  selection: "Was the checkpoint chosen on the images that it is scored on?",
  noise: "How much of the accuracy is chance?",
  invariances: "How much accuracy do changes cost that leave a picture recognisable?",
  reproducibility: "Do equal settings give equal bits?",
  transformer: "Does the transformer do something, and look at the image?",
  attention: "Does the attention choose, and do its heads choose differently?",
};

const kinds = { flag: "flag", pass: "pass", "not tested": "untested" } as const;

/** All checks with their verdicts, one row per check. */
export function verdictTable({ checks }: AuditRecord): string {
  const head: TableCell[] = ["check", "verdict", "finding"].map((text) => ({ text }));
  const rows = checks.map(({ check, verdict, text }): TableCell[] => [
    { text: checkTitle(check), header: true },
    { text: verdict, kind: kinds[verdict] },
    { text: unbroken(text) },
  ]);
  return `<div class="verdicts">${tableBlock([head, ...rows], 1, "Verdicts")}</div>`;
}

/** The number of checks with each verdict: `3 flagged, 4 passed, 1 not tested`. */
export function verdictCounts({ checks }: AuditRecord): string {
  const words: readonly [Verdict, string][] = [
    ["flag", "flagged"],
    ["pass", "passed"],
    ["not tested", "not tested"],
  ];
  return words
    .map(([verdict, word]) => [checks.filter((each) => each.verdict === verdict).length, word])
    .filter(([count]) => count !== 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(", ");
}

/** The figures of an audit. */
export function auditFigures({ model, checks }: AuditRecord): Figure[] {
  return checks.flatMap((result) => {
    if (result.check === "leakage" && result.figures && result.verdict === "flag") {
      return [leakageFigure(model, result.figures)];
    }
    if (result.check === "invariances" && result.figures) {
      return [invarianceFigure(model, result.figures)];
    }
    return [];
  });
}

/** One section per check that has figures. */
export function checkSections(record: AuditRecord): PageSection[] {
  const figures = auditFigures(record);
  return record.checks.flatMap((result) => {
    if (result.figures === undefined) return [];
    const drawn = figures
      .filter(({ name }) => name.startsWith(`${figurePrefix[result.check]}-`))
      .map((figure) => figureBlock(figure, `${figure.title}.`));
    const content = [
      paragraph(questions[result.check]),
      paragraph(`${capitalized(unbroken(result.text))}.`),
      ...drawn,
    ];
    content.push(...detailTables(result));
    return [
      {
        id: result.check,
        title: capitalized(checkTitle(result.check)),
        content: content.join("\n"),
      },
    ];
  });
}

const figurePrefix: Readonly<Partial<Record<CheckName, string>>> = {
  leakage: "leakage",
  invariances: "invariance",
};

function detailTables(result: CheckResult): string[] {
  if (result.figures === undefined) return [];
  switch (result.check) {
    case "dead":
      return result.figures.groups.length > 0 ? [deadTable(result.figures)] : [];
    case "selection":
      return [selectionTable(result.figures)].filter((table) => table !== "");
    case "noise":
      return [noiseTable(result.figures)];
    case "transformer":
      return [transformerTable(result.figures)];
    case "attention":
      return [attentionTable(result.figures)];
    default:
      return [];
  }
}

const reasonWords: Readonly<Record<DeadReason, string>> = {
  unused: "no part of the model reads it",
  softmax: "bias of the keys: the softmax does not see it",
  relu: "before a ReLU that never fires",
  input: "on an input that is always 0",
  zeros: "read only by weights that are 0",
  apart: "between units that are never active together",
  unknown: "no gradient over these images; reason not found",
};

function deadTable({ groups }: FiguresOf<"dead">): string {
  const rows = groups.map(({ tensor, count, size, reason }) => [
    name(tensor),
    number(`${thousands(count)} of ${thousands(size)}`),
    { text: reasonWords[reason] },
  ]);
  return table("Dead parameters", ["tensor", "dead", "why"], rows);
}

function selectionTable({ history, heldOut }: FiguresOf<"selection">): string {
  const row = (how: string, { epoch, correct, total }: ChosenEpoch): TableCell[] => [
    name(how),
    number(String(epoch)),
    number(`${percent(correct / total)} %`),
  ];
  const rows = [
    ...(history
      ? [
          row("these weights: most test images right", history.best),
          row("these weights: lowest loss on the test images", history.lowestLoss),
          row("these weights: last epoch", history.last),
        ]
      : []),
    ...(heldOut
      ? [
          row(
            `trained anew: lowest loss on ${thousands(heldOut.heldOutImages)} images held out`,
            heldOut.byHeldOut,
          ),
          row("trained anew: most test images right", heldOut.byTest),
          row("trained anew: last epoch", heldOut.last),
        ]
      : []),
  ];
  return rows.length > 0 ? table("Selection", ["chosen by", "epoch", "test accuracy"], rows) : "";
}

const deviations = {
  runs: "measured on the runs",
  binomial:
    "binomial, from the number of test images: a rule of thumb, neither bound nor measurement",
  given: "given",
};

function noiseTable({ deviation, needed }: FiguresOf<"noise">): string {
  const rows = needed.map(({ difference, seeds }) => [
    name(`${Number((difference * 100).toFixed(4))} points`),
    number(thousands(seeds)),
  ]);
  const note = `80 % power, 5 % two-sided; standard deviation between seeds ${(deviation.value * 100).toFixed(3)} points, ${deviations[deviation.from]}.`;
  return `${table("Seeds", ["difference between two models", "seeds per model"], rows)}\n${paragraph(note, "note")}`;
}

const partWords: Readonly<Record<keyof AffineParts, string>> = {
  rotation: "rotation, degrees",
  scaleX: "scale x",
  scaleY: "scale y",
  shear: "shear",
  shiftX: "shift x, half widths",
  shiftY: "shift y, half heights",
};

function transformerTable({ parts, outside }: FiguresOf<"transformer">): string {
  const named = Object.entries(partWords) as [keyof AffineParts, string][];
  const rows = [
    ...named.map(([part, words]) => ({ words, values: parts[part] })),
    { words: "points outside the image", values: outside },
  ].map(({ words, values: { mean, deviation, quantiles } }) => [
    name(words),
    ...[mean, deviation, ...quantiles].map((value) => number(value.toFixed(3))),
  ]);
  const head = ["", "mean", "sd", "5 %", "25 %", "median", "75 %", "95 %"];
  return table("What the transformer does", head, rows);
}

function attentionTable({ heads, pairs }: FiguresOf<"attention">): string {
  const headRows = heads.map(({ block, head, entropy, largest }) => [
    name(`${block} head ${head}`),
    number(`${percent(entropy, 1)} %`),
    number(`${percent(largest, 1)} %`),
  ]);
  const pairRows = pairs.map(({ block, heads: [a, b], divergence }) => [
    name(`${block} heads ${a} and ${b}`),
    number(divergence.toFixed(4)),
  ]);
  return [
    table("Heads", ["head", "entropy, of equal weights'", "largest weight, mean"], headRows),
    table("Pairs of heads", ["pair", "Jensen-Shannon divergence, bits"], pairRows),
  ].join("\n");
}

function table(label: string, head: readonly string[], rows: readonly TableCell[][]): string {
  const titles = head.map((text, index): TableCell => {
    const last = rows[0]?.[index];
    return last?.align === undefined ? { text } : { text, align: last.align };
  });
  return `<div class="wraps">${tableBlock([titles, ...rows], 1, label)}</div>`;
}

function name(text: string): TableCell {
  return { text, header: true };
}

function number(text: string): TableCell {
  return { text, align: "right" };
}
