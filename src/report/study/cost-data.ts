import type { Ends } from "../../stats/compare.js";
import { median } from "../../stats/quantiles.js";
import { isBad, type ReportedStudy } from "./reported-study.js";
import { accuracyDomain, type Domain } from "./shown-domain.js";

export interface CostPoint {
  readonly model: string;
  /** Parameters, or seconds. */
  readonly cost: number;
  /** Mean accuracy over the seeds, percent. */
  readonly mean: number;
  readonly interval: Ends | null;
  readonly collapsed: number;
}

/** Accuracy against what it costs. A list without two different costs is empty. */
export interface CostData {
  readonly parameters: readonly CostPoint[];
  /** Median seconds of a run's epochs. */
  readonly seconds: readonly CostPoint[];
  /** Percent, of both plots. */
  readonly domain: Domain;
}

/** Undefined where neither parameters nor times of two models differ. */
export function costData({
  models,
  runs,
  comparison,
}: Pick<ReportedStudy, "models" | "runs" | "comparison">): CostData | undefined {
  const pointsOf = (costOf: (model: string) => number | undefined) => {
    const points = comparison.models.flatMap(({ model, mean, interval, collapsed }) => {
      const cost = costOf(model);
      return cost === undefined || cost <= 0 ? [] : [{ model, cost, mean, interval, collapsed }];
    });
    return new Set(points.map(({ cost }) => cost)).size > 1 ? points : [];
  };
  const parameters = pointsOf((name) => models.find((each) => each.name === name)?.parameters);
  const seconds = pointsOf((name) => {
    const own = runs.flatMap(({ model, ending, seconds: time }) =>
      model === name && ending === "done" && time !== undefined ? [time] : [],
    );
    return own.length === 0 ? undefined : median(own);
  });
  if (parameters.length === 0 && seconds.length === 0) return undefined;
  const known = runs.filter(({ accuracy }) => accuracy !== undefined);
  const sound = known.filter((run) => !isBad(run) && run.ending !== "pruned");
  const domain = accuracyDomain(
    comparison.models,
    (sound.length > 0 ? sound : known).map(({ accuracy }) => accuracy!),
  );
  return domain && { parameters, seconds, domain };
}
