import type { ModelName } from "../../../models/index.js";
import { counted, percent } from "../../../numbers.js";
import { fileOrder } from "../checkpoints.js";
import { studyFigures } from "../published.js";
import type { Claim, Evidence, Judgement, SeedJudgement, SeedRuns } from "./claim.js";
import { mostAccurate } from "./curve.js";
import { fullRuns } from "./full-runs.js";
import { bestMeasure, evaluationMeasure } from "./measures.js";
import { compareAccuracies, imagesOf, noiseImages } from "./noise.js";
import { bestAccuracies, bestMeasures, haveSeeds, seedJudgement } from "./over-seeds.js";

/** The claim that a network reaches the accuracy which the study prints, the best of 300 epochs. */
export function accuracyClaim(model: ModelName, name: string): Claim {
  const printed = studyFigures(model)!.bestAccuracy;
  return {
    id: `accuracy-${model}`,
    statement: `${name} classifies ${percent(printed)} % of the test images correctly.`,
    rule: "Not confirmed if the best of 300 epochs of our run is below this accuracy beyond the noise; else confirmed. By several seeds: confirmed if more than half of the runs are.",
    judge: (evidence) => judge(model, printed, evidence),
    judgeSeeds: (runs) => judgeSeeds(model, printed, runs),
  };
}

function judge(model: ModelName, printed: number, evidence: Evidence): Judgement {
  const { runs, curves, checkpoints } = evidence;
  // The network that the study describes is shown next to the one that it trained.
  const described: ModelName[] = model === "mha-batch" ? ["mha"] : [];
  const kept = checkpoints.flatMap((each) => (each.model === model ? fileOrder(each) : []));
  const figures = {
    published: bestMeasure(model, curves.get(model) ?? []),
    checkpoint: kept.map((each) =>
      evaluationMeasure(model, "lowest loss, kept by the study", each),
    ),
    trained: [model, ...described].flatMap((each) =>
      bestMeasure(each, runs.get(each)?.metrics ?? []),
    ),
  };
  const full = fullRuns(evidence, [model]);
  if (full.missing !== undefined) {
    return { verdict: "not testable", reason: full.missing, ...figures };
  }
  const best = mostAccurate(full.curves.get(model)!)!.validationAccuracy;
  const difference = imagesOf(best) - imagesOf(printed);
  const direction = difference > 0 ? "more" : "fewer";
  const words =
    difference === 0
      ? "as many test images as printed"
      : `${counted(Math.abs(difference), "test image")} ${direction} than printed`;
  return {
    verdict: compareAccuracies(best, printed) === "fewer" ? "not confirmed" : "confirmed",
    reason: `Our best epoch gets ${words}; up to ${noiseImages(printed, direction)} ${direction} are noise.`,
    ...figures,
  };
}

function judgeSeeds(model: ModelName, printed: number, runs: SeedRuns): SeedJudgement | undefined {
  if (!haveSeeds(runs, [model])) return undefined;
  const best = bestAccuracies(runs, model);
  const reaching = best.filter((value) => compareAccuracies(value, printed) !== "fewer").length;
  const [lowest, highest] = [Math.min(...best), Math.max(...best)];
  return seedJudgement(
    runs,
    reaching > best.length / 2 ? "confirmed" : "not confirmed",
    `the best epochs reach ${percent(lowest)} to ${percent(highest)} %; within the noise of the printed accuracy, or above it, are ${reaching} of ${best.length}`,
    bestMeasures(runs, [model]),
  );
}
