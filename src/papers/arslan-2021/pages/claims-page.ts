import { capitalized, counted, listed, percent } from "../../../numbers.js";
import { markdownTable } from "../../../report/markdown-table.js";
import type { SeedRuns, TrainedRun } from "../claims/claim.js";
import type { JudgedClaim } from "../claims/index.js";
import { noiseImages } from "../claims/noise.js";
import { studyFigures } from "../published.js";
import { figureTable, verdictCounts } from "./claim-figures.js";

/** The content of a page of claims. */
export interface ClaimsPage {
  readonly claims: readonly JudgedClaim[];
  readonly runs: readonly TrainedRun[];
  readonly overSeeds?: SeedRuns | undefined;
}

/** The claims as a Markdown page: rules, a table of verdicts, and each claim with its figures. */
export function claimsPage({ claims, runs, overSeeds }: ClaimsPage): string {
  const parts = [
    "# Claims",
    `Each statement of "From Idea to Implementation" (H. S. Arslan, 2021), below "the study", with the figures that it published, the results of its checkpoints as Fovea evaluates them, and the results of Fovea's own trainings. ${runsLine(runs, overSeeds)} Of ${counted(claims.length, "statement")}, ${verdictCounts(claims)}.`,
    "This page is what `fovea claims --markdown` prints.",
    markdownTable(
      [{ title: "statement" }, { title: "verdict" }],
      claims.map((claim) => [`[${claim.statement}](#${claim.id})`, claim.verdict]),
    ),
    "## How statements are judged",
    howItIsJudged.join("\n"),
    ...claims.flatMap(claimBlock),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** An accuracy that the study prints, as an example for the size of the noise. */
const printed = studyFigures("stn")!.bestAccuracy;

const howItIsJudged = [
  `- **Noise.** Accuracies are counts among MNIST's 10,000 test images. Intervals of one accuracy are Wilson's (1927), of 95 %. Two accuracies differ *beyond the noise* if the 95 % interval of their difference (Newcombe 1998, method 10, made of two Wilson intervals) does not contain 0. At ${percent(printed)} % that takes ${noiseImages(printed, "more") + 1} images more or ${noiseImages(printed, "fewer") + 1} fewer. The interval assumes independent counts; networks that are scored on the same images share many errors, so the interval is conservative (too wide). McNemar's test would need the result of each image, which the study did not publish.`,
  "- **One run.** A run has one seed. The interval covers the choice of test images, not the choice of seed. An order of networks within the noise is *not testable*: one run of each cannot tell. An accuracy is *confirmed* where our run is within the noise of it, or above it.",
  "- **Several seeds.** Where each network was trained with several seeds, each claim has what they show. With as many epochs as the study's they decide the verdict; with fewer, the run of 300 epochs does. Their interval is Student's, for the mean over seeds.",
  "- **Roughness.** The mean of |loss(e) − loss(e − 1)| over the epochs e from 102 on: the mean change of the validation loss between consecutive epochs after epoch 100, in nats. A factor below 2 counts as no difference: within the published curves, blocks of 50 epochs differ by up to 1.8 times where nothing collapses.",
  "- **Length.** Statements about 300 epochs are judged on the first 300 epochs of a run with the study's recipe on MNIST. With shorter runs they are *not testable*.",
  "- **Which network.** The study describes attention over the positions of an image (`mha`); its code trained attention across the images of a batch (`mha-batch`). Its figures are those of `mha-batch`, so its claims are judged by that network.",
];

/** A sentence that names the runs by which claims are judged. */
export function runsLine(runs: readonly TrainedRun[], overSeeds?: SeedRuns): string {
  if (runs.length === 0) return "Runs: none.";
  const seeds = [...new Set(runs.map(({ seed }) => String(seed)))];
  const names = runs.map(({ model, metrics }) => `${model} (${counted(metrics.length, "epoch")})`);
  const trained = `Runs: ${listed(names)}; ${seeds.length === 1 ? "seed" : "seeds"} ${listed(seeds)}.`;
  return [trained, ...seedsLine(overSeeds)].join(" ");
}

function seedsLine(overSeeds: SeedRuns | undefined): string[] {
  if (overSeeds === undefined) return [];
  const { seeds, epochs, curves } = overSeeds;
  return [
    `Over seeds ${listed(seeds.map(String))}: the first ${counted(epochs, "epoch")} of ${listed([...curves.keys()])}.`,
  ];
}

function claimBlock(claim: JudgedClaim): string[] {
  const { columns, rows } = figureTable(claim);
  return [
    `<a id="${claim.id}"></a>\n\n## ${claim.statement.replace(/\.$/, "")}`,
    `**${capitalized(claim.verdict)}.** ${claim.reason}`,
    ...(rows.length > 0 ? [markdownTable(columns, rows)] : []),
    `*Rule:* ${claim.rule}`,
  ];
}
