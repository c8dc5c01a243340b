import { type CriticalDifference, criticalDifference } from "../../stats/critical-difference.js";
import type { ReportedStudy } from "./reported-study.js";

/** Mean ranks of three or more models over the same seeds. */
export interface RanksData extends CriticalDifference {
  readonly seeds: number;
}

/** More names have no room. */
const mostModels = 12;

/** Undefined for fewer than three models, for too many, and where they have not two seeds in common. */
export function ranksData({
  comparison: { models },
}: Pick<ReportedStudy, "comparison">): RanksData | undefined {
  const [first] = models;
  if (first === undefined || models.length < 3 || models.length > mostModels) return undefined;
  const seeds = [...first.seeds].sort((a, b) => a - b);
  const isShared = models.every(
    (each) =>
      each.seeds.length === seeds.length && seeds.every((seed) => each.seeds.includes(seed)),
  );
  if (!isShared || seeds.length < 2) return undefined;
  const values = models.map((each) => ({
    model: each.model,
    values: seeds.map((seed) => each.values[each.seeds.indexOf(seed)]!),
  }));
  return { ...criticalDifference(values), seeds: seeds.length };
}
