import type { ModelName } from "../../../models/index.js";
import { listed } from "../../../numbers.js";
import type { Claim, Evidence, Judgement, SeedJudgement, SeedRuns } from "./claim.js";
import { roughness } from "./curve.js";
import { fullRuns } from "./full-runs.js";
import { stabilityMeasures } from "./measures.js";
import { countRuns, haveSeeds, seedJudgement } from "./over-seeds.js";

/**
 * Roughness varies by chance: within a published curve, blocks of 50 epochs without a collapse differ by
 * a factor of up to 1.8. So only a factor of 2 or more counts as a difference.
 */
const factor = 2;

const attention = "mha-batch" as const satisfies ModelName;
const transformers = ["stn", "coordconv-stn"] as const satisfies readonly ModelName[];

/** The claim that the attention network's training fluctuates less than those with a transformer. */
export const stabilityClaim: Claim = {
  id: "stability",
  statement:
    "The attention network trains stably, without the fluctuations of the networks with a transformer.",
  rule: `Confirmed if our run of the attention network is at most 1/${factor} as rough as those of both others; not confirmed if it is as rough as one of them (more than 1/${factor}). By several seeds: as most of them.`,
  judge: (evidence) => judgeBeside(evidence, transformers, transformers),
  judgeSeeds: (runs) => judgeSeedsBeside(runs, transformers),
};

/** The claim that the attention makes the training stable; only the baseline `cnn` can tell. */
export const stabilityCauseClaim: Claim = {
  id: "stability-cause",
  statement: "It is the attention that makes the training stable.",
  rule: `Confirmed if our run of the attention network is at most 1/${factor} as rough as that of cnn, which has neither attention nor a transformer; else not confirmed. By several seeds: as most of them.`,
  judge: (evidence) => judgeBeside(evidence, ["cnn"], [...transformers, "cnn", "mha"]),
  judgeSeeds: (runs) => judgeSeedsBeside(runs, ["cnn"]),
};

function judgeBeside(
  evidence: Evidence,
  rivals: readonly ModelName[],
  shown: readonly ModelName[],
): Judgement {
  const { curves, runs } = evidence;
  const networks: readonly ModelName[] = [attention, ...shown];
  const figures = {
    published: networks.flatMap((model) => stabilityMeasures(model, curves.get(model) ?? [])),
    checkpoint: [],
    trained: networks.flatMap((model) => stabilityMeasures(model, runs.get(model)?.metrics ?? [])),
  };
  const full = fullRuns(evidence, [attention, ...rivals]);
  if (full.missing !== undefined) {
    const control = rivals.includes("cnn") ? " The study has no baseline." : "";
    return { verdict: "not testable", reason: full.missing + control, ...figures };
  }
  const rough = (model: ModelName) => roughness(full.curves.get(model)!)!;
  const comparisons = rivals.map((rival) => {
    const ratio = rough(rival) / rough(attention);
    return { rival, ratio, rougher: ratio >= factor };
  });
  const words = comparisons.map(({ rival, ratio }) => `${rival} ${times(ratio)}`);
  return {
    verdict: comparisons.every((each) => each.rougher) ? "confirmed" : "not confirmed",
    reason: `Relative to ${attention}, the roughness of our runs is: ${listed(words)}. Less than ${factor} times counts as no difference.`,
    ...figures,
  };
}

function judgeSeedsBeside(runs: SeedRuns, rivals: readonly ModelName[]): SeedJudgement | undefined {
  if (!haveSeeds(runs, [attention, ...rivals])) return undefined;
  const own = runs.curves.get(attention)!.map((curve) => roughness(curve));
  if (own.includes(undefined)) return undefined;
  const rougher = rivals.map((rival) => ({
    rival,
    count: countRuns(runs, rival, (curve, at) => roughness(curve)! / own[at]! >= factor),
  }));
  const of = runs.seeds.length;
  const words = rougher.map(({ rival, count }) => `${rival} in ${count} of ${of}`);
  return seedJudgement(
    runs,
    rougher.every(({ count }) => count > of / 2) ? "confirmed" : "not confirmed",
    `a run is at least ${factor} times as rough as that of ${attention} with the same seed: ${listed(words)}`,
    [],
  );
}

function times(ratio: number): string {
  if (Number.isNaN(ratio)) return "not comparable, as both diverged";
  return Number.isFinite(ratio) ? `${ratio.toFixed(ratio < 10 ? 1 : 0)} times` : "infinite";
}
