import { philox } from "../../../src/graph/philox.js";
import { mean, sampleDeviation } from "../../../src/stats/deviation.js";
import { studentCritical } from "../../../src/stats/distributions/student.js";
import { normalQuantile } from "../../../src/stats/normal.js";

// Made-up trainings of two networks: what a seed does to an accuracy is drawn from a normal distribution.

/** Accuracies in percent. */
export interface World {
  readonly mean: number;
  /** How much better A is on average, points. */
  readonly difference: number;
  /** Between seeds, points. */
  readonly deviation: number;
}

/** The accuracies of the seeds of A and of B. */
export interface Draw {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** Trainings with so many seeds each; the same number gives the same draw. */
export function drawStudy(world: World, seeds: number, number: number): Draw {
  const network = (which: 0 | 1) =>
    Array.from({ length: seeds }, (_, at) => {
      const value =
        world.mean +
        (which === 0 ? world.difference : 0) +
        world.deviation * normal(number, which, at);
      return Math.min(100, value);
    });
  return { a: network(0), b: network(1) };
}

function normal(number: number, which: number, at: number): number {
  const [bits] = philox({ seed: number, stream: which, step: 0 }, at);
  return normalQuantile((bits + 0.5) / 2 ** 32);
}

/** What a study says: that A or B is better, or that it is not settled. */
export type Verdict = "a" | "b" | "open";

/** Student's test of both means at 5 %, with the deviations of both taken together. */
export function verdictOf({ a, b }: Draw): Verdict {
  const n = a.length;
  if (n < 2) return "open";
  const error = Math.sqrt((sampleDeviation(a) ** 2 + sampleDeviation(b) ** 2) / n);
  const difference = mean(a) - mean(b);
  if (Math.abs(difference) < critical(2 * n - 2) * error) return "open";
  return difference > 0 ? "a" : "b";
}

const criticals = new Map<number, number>();
function critical(degrees: number): number {
  const known = criticals.get(degrees);
  if (known !== undefined) return known;
  const value = studentCritical(0.05, degrees);
  criticals.set(degrees, value);
  return value;
}

/** Shares of many studies, 0..1. */
export interface Shares {
  /** The higher mean is that of the worse network. */
  readonly meanMisleads: number;
  /** The test finds the better one, the worse one, or neither. */
  readonly right: number;
  readonly wrong: number;
  readonly open: number;
}

/** @param world with a difference above 0: A is the better one */
export function manyStudies(world: World, seeds: number, studies = 1_000): Shares {
  const count = { mean: 0, a: 0, b: 0, open: 0 };
  for (let number = 0; number < studies; number++) {
    const draw = drawStudy(world, seeds, number);
    if (mean(draw.b) > mean(draw.a)) count.mean++;
    count[verdictOf(draw)]++;
  }
  return {
    meanMisleads: count.mean / studies,
    right: count.a / studies,
    wrong: count.b / studies,
    open: count.open / studies,
  };
}

/** Share of studies of two equal networks that "find" a difference: looking once at the end, or after every seed. */
export function peeking(
  world: World,
  seeds: number,
  studies = 500,
): { once: number; always: number } {
  const equal = { ...world, difference: 0 };
  const found = { once: 0, always: 0 };
  for (let number = 0; number < studies; number++) {
    const { a, b } = drawStudy(equal, seeds, number);
    if (verdictOf({ a, b }) !== "open") found.once++;
    for (let n = 2; n <= seeds; n++) {
      if (verdictOf({ a: a.slice(0, n), b: b.slice(0, n) }) === "open") continue;
      found.always++;
      break;
    }
  }
  return { once: found.once / studies, always: found.always / studies };
}
