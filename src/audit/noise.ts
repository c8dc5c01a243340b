import { binomialDeviation, sampleDeviation } from "../stats/deviation.js";
import { wilsonInterval } from "../stats/intervals.js";
import { seedsNeeded, smallestDifference } from "../stats/power.js";
import { evaluate } from "../train/evaluate.js";
import { type Check, type Subject, untrained } from "./check.js";
import { inPercent } from "./in-percent.js";

/** Standard deviation of the accuracy between seeds, 0..1. */
export interface SeedDeviation {
  readonly value: number;
  /** `runs`: estimated from the runs given; `binomial`: √(p(1 − p)/n), a rule of thumb; `given`: by the caller. */
  readonly from: "runs" | "binomial" | "given";
}

export interface NoiseFigures {
  readonly correct: number;
  readonly total: number;
  /** Wilson's 95 % interval of the accuracy, 0..1. */
  readonly interval: readonly [low: number, high: number];
  /** Number of seeds whose accuracy is known. */
  readonly seeds: number;
  readonly deviation: SeedDeviation;
  /** The smallest difference between two models, 0..1, that this many seeds of each detect. */
  readonly visible: number;
  /** Seeds per model needed to detect a difference, 0..1. */
  readonly needed: readonly { readonly difference: number; readonly seeds: number }[];
}

const DIFFERENCES = [0.0005, 0.001, 0.002];
/** A comparison should detect a difference of a tenth of a percentage point. */
const WANTED = 0.001;

/**
 * How much of the accuracy is chance?
 *
 * Two sources of chance are measured. Wilson's interval covers the choice of test images. The power of a
 * comparison (80 %, test at 5 %, two-sided) covers the seeds: how many per model it takes to detect a
 * difference. Flags where the known seeds could not detect 0.1 percentage points.
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

/** The source of the deviation between seeds, in words. */
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
  return `${inPercent(correct / total)}, 95 % interval ${low} to ${high}; ${least} percentage points; ${costs.join(", ")} seeds per model, by ${sources[deviation.from]}`;
}

/** A fraction in percentage points. */
function points(part: number): string {
  return String(Number((part * 100).toPrecision(2)));
}

function seedDeviation(subject: Subject, accuracy: number, total: number): SeedDeviation {
  const { seedAccuracies, seedDeviation: given } = subject;
  if (given !== undefined) return { value: given, from: "given" };
  if (seedAccuracies.length >= 2) return { value: sampleDeviation(seedAccuracies), from: "runs" };
  return { value: binomialDeviation(accuracy, total), from: "binomial" };
}
