import { counted, thousands } from "../numbers.js";
import type { ComparedModel, ComparedPair, Comparison, Ends } from "../stats/compare.js";
import type { SequentialResult } from "../stats/sequential-verdict.js";

/** Points of a percent, with a true minus sign. */
function points(value: number): string {
  return value.toFixed(2).replace("-", "−");
}

function between([low, high]: Ends): string {
  return `95 % interval ${points(low)} to ${points(high)}`;
}

function probability(p: number): string {
  return p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;
}

/** A model in a line: its mean with interval, over how many seeds, and how many runs collapsed. */
export function modelSentence({ model, mean, interval, seeds, collapsed }: ComparedModel): string {
  const certain = interval === null ? "" : ` (${between(interval)})`;
  const fallen = collapsed === 0 ? "" : `, ${collapsed} of them collapsed`;
  return `${model}: mean ${mean.toFixed(2)} %${certain} over ${counted(seeds.length, "seed")}${fallen}`;
}

/** A pair in a sentence: which is better, by how much, how sure; or what would settle it. */
export function pairSentence(pair: ComparedPair, { models, pairs }: Comparison): string {
  const { a, b, difference, interval, pHolm, verdict, seedsNeeded } = pair;
  const [better, worse] = difference < 0 ? [b, a] : [a, b];
  const size = Math.abs(difference);
  const own = interval && (difference < 0 ? ([-interval[1], -interval[0]] as const) : interval);
  const corrected = pairs.length > 1 ? `, corrected for ${pairs.length} pairs` : "";
  const certain = [
    ...(own ? [between(own)] : []),
    ...(pHolm === null ? [] : [`${probability(pHolm)}${corrected}`]),
  ].join("; ");
  const evidence = certain === "" ? "" : ` (${certain})`;
  if (verdict !== "not settled") {
    return `${better} is better than ${worse} by ${points(size)} points${evidence}.`;
  }
  const seeds = Math.min(
    ...models.filter(({ model }) => model === a || model === b).map((each) => each.seeds.length),
  );
  const ahead =
    size === 0 ? "their means are equal" : `${better} is ahead by ${sizeText(size)}${evidence}`;
  return `${a} and ${b}: not settled; ${ahead}. ${remedy(seeds, seedsNeeded, size)}`;
}

/** `0.12 points` */
function sizeText(size: number): string {
  return size < 0.005 ? "less than 0.01 points" : `${points(size)} points`;
}

/** Nobody trains so many seeds: their number says no more than that. */
const mostSeeds = 1000;

function remedy(seeds: number, needed: number | null, size: number): string {
  if (seeds < 2) return "One seed says nothing of how much seeds differ: train 2 or more.";
  if (size === 0) return "No number of seeds would show a difference of 0.";
  if (needed === null) return "Nothing varies between seeds.";
  if (needed > mostSeeds) {
    return `To show a difference of this size takes more than ${thousands(mostSeeds)} seeds per model.`;
  }
  const more = needed - seeds;
  if (more <= 0) {
    return `With ${counted(needed, "seed")} per model a difference of this size is found in 4 of 5 studies; this one is among the others.`;
  }
  return `If the true difference is this one, ${counted(more, "more seed")} per model (${thousands(needed)} in all) would show it in 4 of 5 studies.`;
}

/** A pair whose seeds were added until it was decided. */
export function sequentialSentence(
  { a, b }: Pick<ComparedPair, "a" | "b">,
  { verdict, seeds, interval }: SequentialResult,
  size: number,
): string {
  const known =
    interval && Number.isFinite(interval.low)
      ? ` (${a} − ${b} is in ${points(interval.low)} to ${points(interval.high)} points, valid at any time)`
      : "";
  const after = `after ${counted(seeds, "seed")}`;
  switch (verdict) {
    case "better":
      return `${a} is better than ${b}, ${after}${known}.`;
    case "worse":
      return `${b} is better than ${a}, ${after}${known}.`;
    case "no difference":
      return `${a} and ${b} differ by less than ${size} points, ${after}${known}.`;
    case "not settled":
      return `${a} and ${b}: not settled ${after}, the most that were allowed${known}.`;
    case "go on":
      return `${a} and ${b}: not decided yet ${after}${known}.`;
  }
}
