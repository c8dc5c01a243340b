import { binomialDeviation, sampleDeviation } from "../stats/deviation.js";
import { wilsonInterval } from "../stats/intervals.js";
import { seedsNeeded, smallestDifference } from "../stats/power.js";
import { evaluate } from "../train/evaluate.js";
import { type Check, type Subject, untrained } from "./check.js";
import { inPercent } from "./in-percent.js";

/** How the accuracy scatters from seed to seed, 0..1. */
export interface SeedDeviation {
  readonly value: number;
  /** `runs`: measured on the runs given; `binomial`: √(p(1 − p)/n), a rule of thumb; `given`: the caller's. */
  readonly from: "runs" | "binomial" | "given";
}

export interface NoiseFigures {
  readonly correct: number;
  readonly total: number;
  /** Wilson's 95 % interval of the accuracy, 0..1. */
  readonly interval: readonly [low: number, high: number];
  /** Seeds that this audit knows. */
  readonly seeds: number;
  readonly deviation: SeedDeviation;
  /** The smallest difference between two models that so many seeds of each show, 0..1. */
  readonly visible: number;
  /** Seeds a model that it takes to see a difference, 0..1. */
  readonly needed: readonly { readonly difference: number; readonly seeds: number }[];
}

const DIFFERENCES = [0.0005, 0.001, 0.002];
/** A comparison that cannot see a tenth of a percentage point is flagged. */
const WANTED = 0.001;

/**
 * How much of the accuracy is chance?
 *
 * Wilson's interval tells what the test images leave open, and the power of a comparison how many seeds
 * a difference between two models takes. Flags where the seeds that are known could not show 0.1
 * percentage points (80 % power, 5 % two-sided).
 */
export const checkNoise: Check<NoiseFigures> = async (subject, run) => {
  if (!subject.trained) return untrained;
  const { model, data, parameters, batchSize } = subject;
  const { threads } = run;
  const { correct, total } = await evaluate({ model, data, parameters, batchSize, threads });
  run.signal?.throwIfAborted();
  const deviation = seedDeviation(subject, correct / total, total);
  const seeds = Math.max(1, subject.seedAccuracies.length);
  const { low, high } = wilsonInterval(correct, total);
  const figures: NoiseFigures = {
    correct,
    total,
    interval: [low, high],
    seeds,
    deviation,
    visible: smallestDifference(deviation.value, seeds),
    needed: DIFFERENCES.map((difference) => ({
      difference,
      seeds: seedsNeeded(deviation.value, difference),
    })),
  };
  const verdict = figures.visible <= WANTED ? "pass" : "flag";
  return { verdict, text: describe(figures), figures };
};

/** By what it is known how seeds scatter. */
const sources = {
  runs: "the runs' deviation",
  binomial: "the binomial rule of thumb",
  given: "the deviation given",
} as const satisfies Record<SeedDeviation["from"], string>;

function describe(figures: NoiseFigures): string {
  const { correct, total, interval, seeds, deviation, visible, needed } = figures;
  const [low, high] = interval.map((end) => (end * 100).toFixed(2));
  const runs = seeds === 1 ? "one seed shows" : `${seeds} seeds show`;
  const least = `${runs} differences from ${points(visible)}`;
  const costs = needed.map((each) => `${points(each.difference)} take ${each.seeds}`);
  return `${inPercent(correct / total)}, 95 % interval ${low} to ${high}; ${least} percentage points; ${costs.join(", ")} seeds a model, by ${sources[deviation.from]}`;
}

/** Percentage points. */
function points(part: number): string {
  return String(Number((part * 100).toPrecision(2)));
}

function seedDeviation(subject: Subject, accuracy: number, total: number): SeedDeviation {
  const { seedAccuracies, seedDeviation: given } = subject;
  if (given !== undefined) return { value: given, from: "given" };
  if (seedAccuracies.length >= 2) return { value: sampleDeviation(seedAccuracies), from: "runs" };
  return { value: binomialDeviation(accuracy, total), from: "binomial" };
}
