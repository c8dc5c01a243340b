import { countParameters } from "../../../graph/graph.js";
import type { ModelName } from "../../../models/index.js";
import { models } from "../../../models/index.js";
import { listed, percent, thousands } from "../../../numbers.js";
import { studyFigures } from "../published.js";
import type { Claim, Evidence, Judgement, Measure, SeedJudgement, SeedRuns } from "./claim.js";
import { mostAccurate } from "./curve.js";
import { fullRuns } from "./full-runs.js";
import { bestMeasure } from "./measures.js";
import { compareAccuracies } from "./noise.js";
import { bestMeasures, comparePairs, haveSeeds, pairsText, seedJudgement } from "./over-seeds.js";

const attention = "mha-batch" as const satisfies ModelName;
const others = ["stn", "coordconv-stn"] as const satisfies readonly ModelName[];
const all = [attention, ...others, "cnn"] as const;

/** The study's conclusion about the attention network. */
export const bestWithFewestClaim: Claim = {
  id: "best-with-fewest",
  statement: "The attention network has the fewest parameters and performs best.",
  rule: "Confirmed if the best of 300 epochs of our run of it is above those of the other networks, the control cnn included, beyond the noise; not confirmed if one of them is above it, or if one with fewer parameters is level with it; else not testable with one run. By several seeds: the same, with a paired t-test of the best accuracies for each pair, corrected by Holm's method (p below 0.05).",
  judge,
  judgeSeeds,
};

function judge(evidence: Evidence): Judgement {
  const { curves, runs } = evidence;
  const figures = {
    published: [attention, ...others].flatMap((model) => [
      parameters(model, "parameters, counted", studyFigures(model)!.countedParameters),
      ...bestMeasure(model, curves.get(model) ?? []),
    ]),
    checkpoint: [],
    built: all.map((model) => parameters(model, "parameters", sizeOf(model))),
    trained: all.flatMap((model) => bestMeasure(model, runs.get(model)?.metrics ?? [])),
  };
  const control = `cnn, which the study lacks, has even fewer parameters: ${thousands(sizeOf("cnn"))} instead of ${thousands(sizeOf(attention))}.`;
  const full = fullRuns(evidence, all);
  if (full.missing !== undefined) {
    return { verdict: "not testable", reason: `${full.missing} ${control}`, ...figures };
  }
  const best = (model: ModelName) => mostAccurate(full.curves.get(model)!)!.validationAccuracy;
  const compared = ([...others, "cnn"] as const).map((model) => ({
    model,
    attention: compareAccuracies(best(attention), best(model)),
  }));
  const ours = `Ours reach ${listed(all.map((model) => `${percent(best(model))} % (${model})`))}.`;
  const better = compared.filter((each) => each.attention === "fewer").map(({ model }) => model);
  const level = compared.filter((each) => each.attention === "within noise");
  if (better.length > 0) {
    const reason = `${ours} Beyond the noise, ${listed(better)} ${better.length > 1 ? "are" : "is"} more accurate. ${control}`;
    return { verdict: "not confirmed", reason, ...figures };
  }
  if (level.some(({ model }) => sizeOf(model) < sizeOf(attention))) {
    return {
      verdict: "not confirmed",
      reason: `${ours} ${control} The two cannot be told apart by their accuracy.`,
      ...figures,
    };
  }
  if (level.length === 0) {
    return {
      verdict: "confirmed",
      reason: `${ours} It is more accurate than each beyond the noise. Among the study's three it has the fewest parameters. ${control}`,
      ...figures,
    };
  }
  const reason = `${ours} It cannot be told apart from ${listed(level.map(({ model }) => model))} with one run. ${control}`;
  return { verdict: "not testable", reason, ...figures };
}

function judgeSeeds(runs: SeedRuns): SeedJudgement | undefined {
  if (!haveSeeds(runs, all)) return undefined;
  const pairs = comparePairs(runs, all, (a) => a === attention);
  const level = pairs.filter((pair) => pair.verdict === "not settled");
  const beaten = pairs.some((pair) => pair.verdict === "b");
  const smaller = level.some(({ b }) => sizeOf(b as ModelName) < sizeOf(attention));
  const open = level.length === 0 ? "confirmed" : "not testable";
  const verdict = beaten || smaller ? "not confirmed" : open;
  return seedJudgement(runs, verdict, pairsText(pairs), bestMeasures(runs, all));
}

function sizeOf(model: ModelName): number {
  return countParameters(
    models[model].build({ channels: 1, rows: 28, columns: 28, classes: 10 }).graph,
  );
}

function parameters(network: string, what: string, value: number): Measure {
  return { network, what, value, unit: "parameters" };
}
