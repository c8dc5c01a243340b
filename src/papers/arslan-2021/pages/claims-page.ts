import { counted, listed, percent } from "../../../numbers.js";
import { markdownTable } from "../../../report/markdown-table.js";
import type { TrainedRun } from "../claims/claim.js";
import type { JudgedClaim } from "../claims/index.js";
import { noiseImages } from "../claims/noise.js";
import { studyFigures } from "../published.js";
import { figureTable, verdictCounts } from "./claim-figures.js";

/** What a page of claims is about. */
export interface ClaimsPage {
  readonly claims: readonly JudgedClaim[];
  readonly runs: readonly TrainedRun[];
}

/** The claims as a Markdown page: rules, a table of verdicts, and each claim with its figures. */
export function claimsPage({ claims, runs }: ClaimsPage): string {
  const parts = [
    "# Claims",
    `Each statement of "From Idea to Implementation" (H. S. Arslan, 2021), below "the study", beside what it published, what its checkpoints give when Fovea evaluates them, and what Fovea's own training gives. ${runsLine(runs)} Of ${counted(claims.length, "statement")}, ${verdictCounts(claims)}.`,
    "This page is what `fovea claims --markdown` prints.",
    markdownTable(
      [{ title: "statement" }, { title: "verdict" }],
      claims.map((claim) => [`[${claim.statement}](#${claim.id})`, claim.verdict]),
    ),
    "## How verdicts are made",
    howItIsJudged.join("\n"),
    ...claims.flatMap(claimBlock),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** An accuracy that the study prints, to say in images what the noise is. */
const printed = studyFigures("stn")!.bestAccuracy;

const howItIsJudged = [
  `- **Noise.** Accuracies are counts among MNIST's 10,000 test images. Intervals of one accuracy are Wilson's (1927), of 95 %. Two accuracies differ *beyond the noise* if the 95 % interval of their difference (Newcombe 1998, method 10, made of two Wilson intervals) does not hold 0. At ${percent(printed)} % that takes ${noiseImages(printed, "more") + 1} images more or ${noiseImages(printed, "fewer") + 1} fewer. It treats the two counts as independent; networks that are scored on the same images share many errors, so the interval is rather too wide, and what lies outside it is a difference. McNemar's test would need each image's result, which the study did not publish.`,
  "- **One run.** A run is one seed. The interval holds what other test images would have given, and not what other seeds would. An order of networks within the noise is *not testable*: one run of each cannot tell. An accuracy is *confirmed* where one run cannot be told apart from it, or is above it.",
  "- **Roughness.** The mean of |loss(e) − loss(e − 1)| over the epochs e from 102 on: the mean change of the validation loss between consecutive epochs after epoch 100, in nats. A factor below 2 counts as no difference: within the published curves, blocks of 50 epochs differ by up to 1.8 times where nothing collapses.",
  "- **Length.** What the study says about 300 epochs is judged on the first 300 epochs of a run of its recipe on MNIST; shorter runs are *not testable*.",
  "- **Which network.** The study describes attention over the places of an image (`mha`); its code trained attention across the images of a batch (`mha-batch`). Its figures are those of `mha-batch`, and that is the network its claims are judged by.",
];

/** Which runs claims are judged by, in a sentence. */
export function runsLine(runs: readonly TrainedRun[]): string {
  if (runs.length === 0) return "Runs: none.";
  const seeds = [...new Set(runs.map(({ seed }) => String(seed)))];
  const names = runs.map(({ model, metrics }) => `${model} (${counted(metrics.length, "epoch")})`);
  return `Runs: ${listed(names)}; ${seeds.length === 1 ? "seed" : "seeds"} ${listed(seeds)}.`;
}

function claimBlock(claim: JudgedClaim): string[] {
  const { columns, rows } = figureTable(claim);
  return [
    `<a id="${claim.id}"></a>\n\n## ${claim.statement.replace(/\.$/, "")}`,
    `**${sentence(claim.verdict)}.** ${claim.reason}`,
    ...(rows.length > 0 ? [markdownTable(columns, rows)] : []),
    `*Rule:* ${claim.rule}`,
  ];
}

function sentence(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
