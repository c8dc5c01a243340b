import { percent } from "../../../numbers.js";
import type { Claim, Evidence, Judgement, SeedJudgement, SeedRuns } from "./claim.js";
import { settledAfter, worstSettled } from "./curve.js";
import { fullRuns } from "./full-runs.js";
import { stabilityMeasures } from "./measures.js";
import { countRuns, haveSeeds, seedJudgement } from "./over-seeds.js";

const model = "coordconv-stn";

/** An epoch below this accuracy is a collapse: more than 500 errors, where a usual epoch has about 100. */
const collapsed = 0.95;

/** The outlier of the study's Figure 3. */
export const collapseClaim: Claim = {
  id: "collapse",
  statement: "CoordConv collapses to 62.50 % in epoch 219 and recovers.",
  rule: `Confirmed if our run, too, falls below ${percent(collapsed, 0)} % in an epoch after ${settledAfter} and ends above it. One run without a collapse does not show that there are none. By several seeds: confirmed if one of them does; not confirmed if those that fall do not recover; else not testable.`,
  judge,
  judgeSeeds,
};

function judge(evidence: Evidence): Judgement {
  const figures = {
    published: stabilityMeasures(model, evidence.curves.get(model) ?? []),
    checkpoint: [],
    trained: stabilityMeasures(model, evidence.runs.get(model)?.metrics ?? []),
  };
  const full = fullRuns(evidence, [model]);
  if (full.missing !== undefined) {
    return { verdict: "not testable", reason: full.missing, ...figures };
  }
  const curve = full.curves.get(model)!;
  const worst = worstSettled(curve)!;
  const last = curve.at(-1)!.validationAccuracy;
  const fell = `Our run's worst epoch after ${settledAfter} is ${worst.epoch}, with ${percent(worst.validationAccuracy)} %; its last one has ${percent(last)} %.`;
  if (worst.validationAccuracy >= collapsed) {
    return {
      verdict: "not testable",
      reason: `${fell} No collapse, but a rare event may be missing from one run.`,
      ...figures,
    };
  }
  return {
    verdict: last >= collapsed ? "confirmed" : "not confirmed",
    reason: last >= collapsed ? fell : `${fell} It did not recover.`,
    ...figures,
  };
}

function judgeSeeds(runs: SeedRuns): SeedJudgement | undefined {
  if (!haveSeeds(runs, [model]) || runs.epochs <= settledAfter) return undefined;
  const falls = (curve: Parameters<typeof worstSettled>[0]) =>
    worstSettled(curve)!.validationAccuracy < collapsed;
  const fallen = countRuns(runs, model, falls);
  const recovered = countRuns(
    runs,
    model,
    (curve) => falls(curve) && curve.at(-1)!.validationAccuracy >= collapsed,
  );
  const none = fallen === 0 ? "not testable" : "not confirmed";
  return seedJudgement(
    runs,
    recovered > 0 ? "confirmed" : none,
    `${fallen} of ${runs.seeds.length} runs fall below ${percent(collapsed, 0)} % in an epoch after ${settledAfter}, of which ${recovered} end above it`,
    [],
  );
}
