import type { ComparedPair } from "../../stats/compare.js";
import { median } from "../../stats/quantiles.js";
import type { ReportedStudy } from "./reported-study.js";

/** Differences of all pairs that are compared. */
export interface DifferencesData {
  readonly pairs: readonly ComparedPair[];
  /** Pairs that were left out, as there are too many: those with the largest p-values. */
  readonly omitted: number;
  /** The axis goes from −extent to extent, points; longer intervals are cut. */
  readonly extent: number;
  /** The smallest difference that matters, points. */
  readonly size?: number;
}

/** More rows are not read any more. */
const mostPairs = 30;
/** The axis is at most so many times as long as half of the intervals reach. */
const mostStretch = 4;

/** Undefined where fewer than two models have an accuracy. */
export function differencesData({
  comparison,
  difference: size,
}: Pick<ReportedStudy, "comparison" | "difference">): DifferencesData | undefined {
  const { pairs } = comparison;
  if (pairs.length === 0) return undefined;
  const byEvidence = [...pairs].sort((a, b) => (a.p ?? 1) - (b.p ?? 1));
  const kept = new Set(byEvidence.slice(0, mostPairs));
  const shown = pairs.filter((pair) => kept.has(pair));
  const reaches = shown.map(({ difference, interval }) =>
    Math.max(Math.abs(difference), ...(interval ?? []).map(Math.abs)),
  );
  const largest = Math.max(...reaches, size ?? 0);
  const typical = mostStretch * Math.max(median(reaches), size ?? 0);
  const extent = 1.08 * (typical > 0 ? Math.min(largest, typical) : largest) || 1;
  return {
    ...{ pairs: shown, omitted: pairs.length - shown.length, extent },
    ...(size !== undefined && { size }),
  };
}
