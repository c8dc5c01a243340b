import {
  type ComparedModel,
  type ComparedPair,
  pairLevel,
  pairSpread,
} from "../../stats/compare.js";
import { type Design, detectableDifference } from "../../stats/power.js";
import type { ReportedStudy } from "./reported-study.js";

/** What more seeds would show of a pair. */
export interface PowerLine {
  readonly a: string;
  readonly b: string;
  /** Seeds per model that there are. */
  readonly seeds: number;
  /** The difference that was measured, points, without its sign. */
  readonly difference: number;
  readonly verdict: ComparedPair["verdict"];
  /** Seeds that would show a difference of this size in 4 of 5 studies. */
  readonly seedsNeeded: number | null;
  /** The difference that so many seeds show in 4 of 5 studies, points. */
  readonly points: readonly { readonly seeds: number; readonly difference: number }[];
}

export interface PowerData {
  readonly lines: readonly PowerLine[];
  /** Pairs without a line, as there are too many. */
  readonly omitted: number;
  readonly mostSeeds: number;
  /** Of each pair's test. */
  readonly level: number;
  /** The smallest difference that matters, points. */
  readonly size?: number;
}

const mostLines = 4;
const fewestSeeds = 2;
/** The axis ends here even where a pair needs more. */
const mostSeeds = 200;

/**
 * Undefined where no pair has a deviation to go by. Pairs that are not settled come first, those with
 * collapsed runs last.
 */
export function powerData({
  comparison,
  difference: size,
}: Pick<ReportedStudy, "comparison" | "difference">): PowerData | undefined {
  const models = new Map(comparison.models.map((each) => [each.model, each]));
  const known = comparison.pairs.flatMap((pair) => {
    const spread = spreadOf(models.get(pair.a)!, models.get(pair.b)!);
    return spread === undefined ? [] : [{ pair, ...spread }];
  });
  if (known.length === 0) return undefined;
  // A collapse makes a deviation so large that its line leaves the others no room.
  const isShaken = (model: string) => models.get(model)!.collapsed > 0;
  const rank = ({ pair }: (typeof known)[number]) =>
    (isShaken(pair.a) || isShaken(pair.b) ? 2 : 0) + (pair.verdict === "not settled" ? 0 : 1);
  const sorted = [...known].sort((a, b) => rank(a) - rank(b) || needed(a.pair) - needed(b.pair));
  const steady = sorted.filter((each) => rank(each) < 2);
  const shown = (steady.length > 0 ? steady : sorted).slice(0, mostLines);
  const wanted = shown.map(({ pair, seeds }) => Math.max(2 * seeds, 1.5 * needed(pair)));
  const finite = wanted.filter((each) => Number.isFinite(each));
  const last = Math.round(Math.min(mostSeeds, Math.max(20, ...finite)));
  const level = pairLevel(comparison.pairs);
  const shownDifference = differencesAt(level);
  return {
    level,
    lines: shown.map(({ pair, seeds, deviation, design }) => ({
      ...{ a: pair.a, b: pair.b, seeds, verdict: pair.verdict },
      difference: Math.abs(pair.difference),
      seedsNeeded: pair.seedsNeeded,
      points: seedCounts(last).map((count) => ({
        seeds: count,
        difference: shownDifference(deviation, count, design),
      })),
    })),
    omitted: comparison.pairs.length - shown.length,
    mostSeeds: last,
    ...(size !== undefined && { size }),
  };
}

function needed({ seedsNeeded }: ComparedPair): number {
  return seedsNeeded ?? Infinity;
}

/** Undefined where nothing varies, or a model has one seed. */
function spreadOf(a: ComparedModel, b: ComparedModel) {
  const spread = pairSpread(a, b);
  if (!(spread.deviation > 0)) return undefined;
  return { ...spread, seeds: Math.min(a.values.length, b.values.length) };
}

/** Numbers of seeds: all where the line bends, then fewer. */
function seedCounts(last: number): number[] {
  const counts: number[] = [];
  for (let count = fewestSeeds; count < last; count = Math.ceil(count * 1.3)) counts.push(count);
  return [...counts, last];
}

/**
 * The differences that are shown at a level. As a difference is proportional to the deviation, those of the deviation 1 are
 * kept.
 */
function differencesAt(level: number) {
  const ofOne = new Map<string, number>();
  return (deviation: number, seeds: number, design: Design): number => {
    const key = `${design} ${seeds}`;
    const known = ofOne.get(key) ?? detectableDifference(1, seeds, design, 0.8, level);
    ofOne.set(key, known);
    return known * deviation;
  };
}
