import { catalogueMarks } from "../../../models/catalogue-marks.js";
import { classifierNames } from "../../../models/index.js";
import { counted, duration, listed, percent, thousands } from "../../../numbers.js";
import { accuracyFigure } from "../../../report/accuracy-figure.js";
import { medianEpochSeconds } from "../../../report/epoch-times.js";
import { lossFigure } from "../../../report/loss-figure.js";
import { markdownTable } from "../../../report/markdown-table.js";
import type { Figure } from "../../../report/markup.js";
import { repetition } from "../../../report/repeat.js";
import { caveat, faultsText, summary } from "../../../report/summary.js";
import { wrapped } from "../../../report/wrapped.js";
import type { Run } from "../../../runs/run-folder.node.js";
import { wilsonInterval } from "../../../stats/intervals.js";
import { arslanAnnotations } from "../annotations.node.js";
import type { SeedRuns } from "../claims/claim.js";
import {
  type CurveEpoch,
  lowestLoss,
  mostAccurate,
  roughness,
  settledAfter,
  worstSettled,
} from "../claims/curve.js";
import type { JudgedClaim } from "../claims/index.js";
import { compareAccuracies, imagesOf, noiseImages } from "../claims/noise.js";
import { publishedCurves } from "../curves.node.js";
import { publishedModel, studyFigures } from "../published.js";
import { studyModelOf } from "../study-runs.js";
import { verdictCounts } from "./claim-figures.js";

/** The epochs of `npm start`. */
const shortEpochs = 5;

/** The figures of the runs of record, with their file names in docs/figures. */
export function recordFigures(runs: readonly Run[]): Figure[] {
  const { curves } = arslanAnnotations(runs).beside(runs);
  return [lossFigure(runs, curves, catalogueMarks), accuracyFigure(runs, curves, catalogueMarks)]
    .filter((figure) => figure !== undefined)
    .map((figure) => ({ ...figure, name: `paper-${figure.name}` }));
}

/** The page docs/results.md: the study's models, trained for as many epochs as in the study. */
export function resultsPage(runs: readonly Run[], claims: readonly JudgedClaim[]): string {
  const annotations = arslanAnnotations(runs);
  const [loss, accuracy] = recordFigures(runs);
  const [{ record }] = runs as readonly [Run, ...Run[]];
  const parts = [
    "# Results",
    [summary(runs), faultsText(runs)].filter((text) => text !== "").join(" "),
    caveat(runs, annotations.beside(runs).caveats),
    "## Accuracy",
    accuracyTable(runs),
    "*Study* is the accuracy that the study prints, the best of its 300 epochs. It prints one figure for its attention network, which it describes as `mha` and trained as `mha-batch`; the table shows it in both rows. The interval is Wilson's, for the best epoch's count among the 10,000 test images. *Lowest loss* is the epoch whose weights are kept.",
    bulletLines(runs.flatMap(accuracySentence)),
    ...missingSentence(runs),
    selectionSentence(runs),
    "## Agreement with the study",
    `Of ${counted(claims.length, "statement")} of the study, ${verdictCounts(claims)}; [claims.md](claims.md) shows each with its figures and its rule. The statements that are judged by epochs of these runs:`,
    ...verdictLists(claims),
    "## Validation loss",
    pictureOf(loss!),
    stabilityTable(runs),
    `*Roughness* is the mean change of the loss from one epoch to the next after epoch ${settledAfter}, in nats. In the study's columns the curve of \`mha-batch\` is also shown for \`mha\`.`,
    "## Accuracy by epoch",
    pictureOf(accuracy!),
    "## Parameters and time",
    timeTable(runs),
    "*Counted* is the study's own count; 7,690 values of `coordconv-stn` are never used. Times are wall clock, training and validation; other programs on the machine lengthen them, so the least is the best estimate.",
    "## How it was made",
    `The runs, by Fovea ${record.versions.fovea} (any number of threads gives the same bits; models may be trained in several folders; other versions may round differently):`,
    codeBlock(repetition(runs, annotations.commands).commands),
    "Configuration and metrics in `results/paper/`, this page, [claims.md](claims.md), the figures and the README's text about them are written by:",
    codeBlock([
      "npm run record -- FOLDER...     # from the folders of fovea reproduce",
      "npm run results                 # the pages again, from results/paper/",
    ]),
    "`fovea report results/paper --out DIR` makes a report of the recorded runs; `fovea claims` judges by them. Weights are not recorded: the same command of the same version gives the same weights.",
  ];
  return `${parts.join("\n\n")}\n`;
}

/**
 * The README's text about the runs of record, between its `results` comments.
 *
 * @param overSeeds the newer runs: their first epochs are those of today's `npm start`, where rounding has changed
 */
export function readmeResults(
  runs: readonly Run[],
  claims: readonly JudgedClaim[],
  overSeeds?: SeedRuns,
): string {
  const short = runs.map(({ record, metrics }) => {
    const model = studyModelOf(record)!;
    const newer = overSeeds?.curves.get(model)?.[overSeeds.seeds.indexOf(record.spec.seed)];
    const { validationAccuracy } = newer?.[shortEpochs - 1] ?? metrics[shortEpochs - 1]!;
    return `${model} ${percent(validationAccuracy)}`;
  });
  const [{ record }] = runs as readonly [Run, ...Run[]];
  const { epochs } = record.spec.recipe;
  return [
    `\`npm start\` trains the first ${shortEpochs} of the study's ${epochs} epochs; accuracy after them, %: ${listed(short)} (seed ${record.spec.seed}). All ${epochs} epochs of this seed, beside the study's curves: [docs/results.md](docs/results.md).`,
    ...missingSentence(runs),
    `Of ${counted(claims.length, "statement")} of the study, ${verdictCounts(claims)}: [docs/claims.md](docs/claims.md).`,
  ]
    .map(prose)
    .join("\n\n");
}

/** A paragraph with lines broken as in the README. */
function prose(text: string): string {
  return wrapped(text, 108).join("\n");
}

function accuracyTable(runs: readonly Run[]): string {
  const rows = runs.map(({ record, metrics }) => {
    const printed = studyFigures(record.model)?.bestAccuracy;
    const best = mostAccurate(metrics)!;
    const { low, high } = wilsonInterval(best.validationCorrect, best.validationTotal);
    return [
      record.model,
      printed === undefined ? "" : percent(printed),
      at(best),
      `${percent(low)} to ${percent(high)}`,
      at(lowestLoss(metrics)!),
      percent(metrics.at(-1)!.validationAccuracy),
    ];
  });
  return markdownTable(
    [
      { title: "model" },
      ...["study, %", "best, % @ epoch", "95 % interval", "lowest loss, % @ epoch", "last, %"].map(
        right,
      ),
    ],
    rows,
  );
}

/** A sentence that compares a run's best accuracy with the study's. */
function accuracySentence({ record: { model }, metrics }: Run): string[] {
  const printed = studyFigures(model)?.bestAccuracy;
  const best = mostAccurate(metrics)!.validationAccuracy;
  if (printed === undefined) return [];
  const difference = imagesOf(best) - imagesOf(printed);
  const direction = difference > 0 ? "more" : "fewer";
  const words =
    difference === 0
      ? "as many images as printed"
      : `${counted(Math.abs(difference), "image")} ${direction} than printed`;
  const noise = `up to ${noiseImages(printed, direction)} ${direction} are noise`;
  const verdict =
    compareAccuracies(best, printed) === "within noise" ? "no difference" : "a difference";
  return [`\`${model}\`: ${words}: ${verdict}, as ${noise}.`];
}

/** A sentence that names the models without a run of record. */
function missingSentence(runs: readonly Run[]): string[] {
  const missing = classifierNames.filter(
    (name) => !runs.some(({ record }) => record.model === name),
  );
  if (missing.length === 0) return [];
  const names = listed(missing.map((name) => `\`${name}\``));
  return [`Not trained for so many epochs yet: ${names}.`];
}

/** A sentence on how much the choice of the epoch on the test images adds in these runs. */
function selectionSentence(runs: readonly Run[]): string {
  const gains = runs.map(
    ({ metrics }) => mostAccurate(metrics)!.validationCorrect - metrics.at(-1)!.validationCorrect,
  );
  const [least, most] = [Math.min(...gains), Math.max(...gains)];
  const range = least === most ? counted(most, "image") : `${least} to ${counted(most, "image")}`;
  return `Choosing the best epoch on the test images gives ${range} more than the last epoch.`;
}

/** The claims that are judged by epochs of these runs, grouped by verdict. */
function verdictLists(claims: readonly JudgedClaim[]): string[] {
  const decided = claims.filter(({ trained }) => trained.some(({ epoch }) => epoch !== undefined));
  const lists = [
    ["Confirmed", "confirmed"],
    ["Not confirmed", "not confirmed"],
    ["Not testable with one run", "not testable"],
  ] as const;
  return lists.flatMap(([title, verdict]) => {
    const items = decided
      .filter((claim) => claim.verdict === verdict)
      .map((claim) => `[${claim.statement}](claims.md#${claim.id}) ${claim.reason}`);
    return items.length > 0 ? [`${title}:`, bulletLines(items)] : [];
  });
}

function stabilityTable(runs: readonly Run[]): string {
  const rows = runs.map(({ record, metrics }) => {
    const theirs = publishedCurves().get(publishedModel(record.model) ?? "");
    return [record.model, ...stabilityCells(metrics), ...stabilityCells(theirs)];
  });
  const groups = ["", "study's "].flatMap((of) => [
    `${of}lowest loss @ epoch`,
    `${of}roughness`,
    `${of}worst after ${settledAfter}, % @ epoch`,
  ]);
  return markdownTable([{ title: "model" }, ...groups.map(right)], rows);
}

function stabilityCells(curve: readonly CurveEpoch[] | undefined): string[] {
  if (curve === undefined) return ["", "", ""];
  const lowest = lowestLoss(curve)!;
  return [
    `${lowest.validationLoss.toFixed(4)} @ ${lowest.epoch}`,
    roughness(curve)!.toFixed(4),
    at(worstSettled(curve)!),
  ];
}

function timeTable(runs: readonly Run[]): string {
  const rows = runs.map(({ record, metrics }) => {
    const { model, parameters, spec, threads, machine } = record;
    const counts = studyFigures(model)?.countedParameters;
    const seconds = metrics.reduce((sum, epoch) => sum + epoch.seconds, 0);
    return [
      model,
      thousands(parameters),
      counts === undefined ? "" : thousands(counts),
      Math.min(...metrics.map((epoch) => epoch.seconds)).toFixed(1),
      medianEpochSeconds(metrics).toFixed(1),
      duration(seconds),
      String(threads),
      spec.engine.build,
      `${machine.processor}, ${machine.platform} ${machine.architecture}`,
    ];
  });
  return markdownTable(
    [
      { title: "model" },
      ...["parameters", "counted", "s/epoch, least", "median", "in all", "threads"].map(right),
      { title: "engine" },
      { title: "machine" },
    ],
    rows,
  );
}

function pictureOf({ name, title, caption }: Figure): string {
  return `![${title}](figures/${name}.svg)\n\n*${title}.* ${caption}`;
}

function at({ validationAccuracy, epoch }: CurveEpoch): string {
  return `${percent(validationAccuracy)} @ ${epoch}`;
}

function right(title: string) {
  return { title, align: "right" } as const;
}

function bulletLines(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join("\n");
}

function codeBlock(lines: readonly string[]): string {
  return `\`\`\`bash\n${lines.join("\n")}\n\`\`\``;
}
