import type { ModelName } from "../../../models/index.js";
import { listed, percent } from "../../../numbers.js";
import { studyFigures } from "../published.js";
import type { Claim, Evidence, Judgement, SeedJudgement, SeedRuns } from "./claim.js";
import { mostAccurate } from "./curve.js";
import { fullRuns } from "./full-runs.js";
import { bestMeasure } from "./measures.js";
import { compareAccuracies, imagesOf, noiseImages } from "./noise.js";
import { bestMeasures, comparePairs, haveSeeds, pairsText, seedJudgement } from "./over-seeds.js";

/** The study's ranking, best first. */
const order = ["mha-batch", "stn", "coordconv-stn"] as const satisfies readonly ModelName[];

/** The claim about the ranking of the three networks. */
export const rankingClaim: Claim = {
  id: "ranking",
  statement:
    "The attention network is more accurate than the Spatial Transformer, which is more accurate than CoordConv.",
  rule: "Confirmed if our runs have the same order and every difference is beyond the noise; not confirmed if one is beyond the noise the other way; else not testable with one run. By several seeds: the same, with a paired t-test of the best accuracies for each pair, corrected by Holm's method (p below 0.05).",
  judge,
  judgeSeeds,
};

function judge(evidence: Evidence): Judgement {
  const figures = {
    published: order.flatMap((model) => bestMeasure(model, evidence.curves.get(model) ?? [])),
    checkpoint: [],
    trained: order.flatMap((model) => bestMeasure(model, evidence.runs.get(model)?.metrics ?? [])),
  };
  const printed = order.map((model) => studyFigures(model)!.bestAccuracy);
  const printedSpread = imagesOf(Math.max(...printed)) - imagesOf(Math.min(...printed));
  const small = `The printed accuracies lie within ${printedSpread} images of 10,000, where up to ${noiseImages(printed[0]!, "fewer")} are noise.`;
  const full = fullRuns(evidence, order);
  if (full.missing !== undefined) {
    return { verdict: "not testable", reason: `${full.missing} ${small}`, ...figures };
  }
  const best = order.map((model) => mostAccurate(full.curves.get(model)!)!.validationAccuracy);
  const pairs = order.flatMap((_, i) =>
    order.slice(i + 1).map((_, j) => compareAccuracies(best[i]!, best[i + 1 + j]!)),
  );
  const ours = `Ours are ${listed(order.map((model, i) => `${percent(best[i]!)} % (${model})`))}`;
  if (pairs.includes("fewer")) {
    const reason = `${ours}: at least one pair has the other order beyond the noise. ${small}`;
    return { verdict: "not confirmed", reason, ...figures };
  }
  if (pairs.every((pair) => pair === "more")) {
    return { verdict: "confirmed", reason: `${ours}, in this order beyond the noise.`, ...figures };
  }
  const reason = `${ours}: not every difference is beyond the noise, so one run of each cannot order them. ${small}`;
  return { verdict: "not testable", reason, ...figures };
}

function judgeSeeds(runs: SeedRuns): SeedJudgement | undefined {
  if (!haveSeeds(runs, order)) return undefined;
  const pairs = comparePairs(runs, order);
  const verdict = pairs.every((pair) => pair.verdict === "a")
    ? "confirmed"
    : pairs.some((pair) => pair.verdict === "b")
      ? "not confirmed"
      : "not testable";
  return seedJudgement(runs, verdict, pairsText(pairs), bestMeasures(runs, order));
}
