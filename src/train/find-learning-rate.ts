import { checkOptions, checkWhole, shown } from "../arguments.js";
import { isPositive32 } from "../engine/check-engine-options.js";
import { InputError } from "../errors.js";
import { counted } from "../numbers.js";
import { recipeNames } from "./recipe.js";
import { Session, type SessionOptions } from "./session.js";

/** What {@link findLearningRate} takes. */
export interface FindRateOptions
  extends Omit<SessionOptions, "epochs" | "learningRate" | "schedule" | "parameters" | "state"> {
  /** The first rate. Default 1e-5. */
  readonly from?: number;
  /** The last rate. Default 10. */
  readonly to?: number;
  /** Steps of the optimizer, each with a higher rate than the one before; at least 20. Default 200. */
  readonly steps?: number;
  /** When it aborts, its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Called after each step with the number of steps done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The loss at one learning rate. */
export interface RatePoint {
  readonly learningRate: number;
  /** Mean loss of the batch. */
  readonly loss: number;
  /** Exponential moving average of the losses until then. */
  readonly smoothed: number;
}

/** The losses over a range of learning rates, and the rate that they suggest. */
export interface FoundRate {
  readonly points: readonly RatePoint[];
  /** The rate to begin with; undefined where the loss fell at none. */
  readonly suggested?: number;
  /** The rate with the lowest smoothed loss: higher ones are too high. */
  readonly lowest?: number;
  /** Whether the test ended before `to`, as the loss was far above its lowest value, or not finite. */
  readonly diverged: boolean;
}

const defaults = { from: 1e-5, to: 10, steps: 200 } as const;
const OPTIONS = [
  "model",
  "data",
  "seed",
  "batchSize",
  ...recipeNames.filter((name) => name !== "schedule"),
  "threads",
  "from",
  "to",
  "steps",
  "signal",
  "onProgress",
] satisfies (keyof FindRateOptions)[];
const fewestSteps = 20;
/** Weight of the losses before in the moving average. */
const kept = 0.95;
/** A smoothed loss this many times its lowest value ends the test. */
const hopeless = 4;
/** The part of the steps whose losses are not judged: the average has not settled. */
const unsettled = 0.1;
/** The slope is that of a straight line through so many points on each side. */
const reach = 5;

/**
 * Looks for a learning rate: takes steps whose rate grows exponentially, `from · (to / from)^(i / (steps − 1))`, and
 * smooths their losses, `s ← 0.95 · s + 0.05 · loss`, divided by `1 − 0.95ⁱ`. Suggested is the rate at which the
 * smoothed loss falls fastest with the logarithm of the rate, before its lowest value.
 *
 * Paper: Smith, "Cyclical learning rates for training neural networks", WACV 2017, for the test; the choice of the
 * steepest fall is that of the fastai library.
 *
 * @throws InputError where an option is invalid
 * @example
 * const { suggested } = await findLearningRate({ model: models.cnn, data, steps: 50 });
 */
export async function findLearningRate(options: FindRateOptions): Promise<FoundRate> {
  checkOptions("findLearningRate", options, OPTIONS);
  const { from = defaults.from, to = defaults.to, steps = defaults.steps, ...others } = options;
  checkRange(from, to, steps);
  const { signal, onProgress, ...training } = others;
  const session = await Session.create({ ...training, learningRate: from });
  try {
    const points: RatePoint[] = [];
    let [average, lowest, diverged] = [0, Number.POSITIVE_INFINITY, false];
    for (let step = 0; step < steps && !diverged; step++) {
      signal?.throwIfAborted();
      session.setLearningRate(from * (to / from) ** (step / (steps - 1)));
      const { loss, learningRate } = await session.step();
      average = kept * average + (1 - kept) * loss;
      const smoothed = average / (1 - kept ** (step + 1));
      const isSettled = step >= unsettled * steps;
      if (isSettled) lowest = Math.min(lowest, smoothed);
      diverged = !Number.isFinite(smoothed) || (isSettled && smoothed > hopeless * lowest);
      if (Number.isFinite(smoothed)) points.push({ learningRate, loss, smoothed });
      onProgress?.(step + 1, steps);
    }
    return { points, ...chosenRate(points, Math.ceil(unsettled * steps)), diverged };
  } finally {
    session.close();
  }
}

function checkRange(from: number, to: number, steps: number): void {
  for (const [name, rate] of Object.entries({ from, to })) {
    if (isPositive32(rate)) continue;
    throw new InputError("findLearningRate", `${name} to be 1.5e-45 to 3.4e38`, shown(rate));
  }
  if (from >= to) throw new InputError("findLearningRate", "from below to", `${from} and ${to}`);
  checkWhole("findLearningRate", "steps", steps, fewestSteps);
}

/** The rate of the steepest fall before the lowest smoothed loss. */
function chosenRate(
  points: readonly RatePoint[],
  first: number,
): Pick<FoundRate, "suggested" | "lowest"> {
  const judged = points.slice(first);
  if (judged.length <= 2 * reach) return {};
  const least = judged.reduce(
    (low, { smoothed }, at) => (smoothed < judged[low]!.smoothed ? at : low),
    0,
  );
  let [steepest, best] = [0, -1];
  for (let at = reach; at <= Math.min(least, judged.length - 1 - reach); at++) {
    const slope = slopeOf(judged.slice(at - reach, at + reach + 1));
    if (slope < steepest) [steepest, best] = [slope, at];
  }
  const lowest = judged[least]!.learningRate;
  return best < 0 ? { lowest } : { lowest, suggested: judged[best]!.learningRate };
}

/** Slope of the straight line through the smoothed losses with the least squares; rates lie at equal distances. */
function slopeOf(points: readonly RatePoint[]): number {
  const middle = (points.length - 1) / 2;
  return points.reduce((sum, { smoothed }, at) => sum + (at - middle) * smoothed, 0);
}

/** The suggestion in a sentence. */
export function foundRateText({ suggested, lowest, points, diverged }: FoundRate): string {
  const rate = (value: number) => String(Number(value.toPrecision(2)));
  const range = `${rate(points[0]?.learningRate ?? 0)} to ${rate(points.at(-1)?.learningRate ?? 0)}`;
  if (suggested === undefined) {
    return `no suggestion: in ${counted(points.length, "step")} at rates of ${range} the loss did not fall${diverged ? " before it diverged" : ""}`;
  }
  return `suggested learning rate: ${rate(suggested)}, where the loss falls fastest; it is lowest at ${rate(lowest!)}, and higher rates are too high`;
}
