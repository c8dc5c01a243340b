import { quantile } from "../../stats/quantiles.js";
import { isBad, type ReportedRun, type ReportedStudy } from "./reported-study.js";

/** Validation accuracies after an epoch, 0..1. */
export interface CurveEpoch {
  readonly epoch: number;
  readonly median: number;
  /** First and third quartile. */
  readonly low: number;
  readonly high: number;
}

/** One run. */
export interface SingleCurve {
  readonly model: string;
  readonly seed: number;
  readonly ending: "collapsed" | "diverged" | "pruned";
  /** After each epoch, 0..1. */
  readonly accuracies: readonly number[];
}

export interface CurvesData {
  /** Models with sound runs; the median of those that reached an epoch. */
  readonly bands: readonly {
    readonly model: string;
    readonly runs: number;
    readonly epochs: readonly CurveEpoch[];
  }[];
  /** Runs that collapsed, diverged or were pruned: in no median. */
  readonly apart: readonly SingleCurve[];
  /** Names of models without a colour of their own, as there are too many. */
  readonly background: readonly string[];
  /** The most epochs of a run. */
  readonly epochs: number;
  /** Images that epochs are validated on: an error below half an image has no position. */
  readonly images: number;
}

/** More lines of different colours are not told apart. */
const mostColours = 8;

/** Accuracy by epoch; undefined where no run that ended has an epoch. */
export function curvesData({
  models,
  runs,
  comparison,
}: Pick<ReportedStudy, "models" | "runs" | "comparison">): CurvesData | undefined {
  const ended = runs.filter(({ curve, ending }) => curve.length > 0 && ending !== "open");
  if (ended.length === 0) return undefined;
  const means = new Map(comparison.models.map(({ model, mean }) => [model, mean]));
  const names = models.map(({ name }) => name).filter((name) => ended.some(isOf(name)));
  const sound = ended.filter(({ ending }) => ending === "done");
  const best = names
    .filter((name) => sound.some(isOf(name)))
    .sort((a, b) => (means.get(b) ?? 0) - (means.get(a) ?? 0));
  return {
    bands: names.flatMap((model) => {
      const own = sound.filter(isOf(model)).map(({ curve }) => curve);
      return own.length === 0 ? [] : [{ model, runs: own.length, epochs: bandOf(own) }];
    }),
    apart: ended.flatMap((run) => apartOf(run) ?? []),
    background: best.slice(mostColours),
    epochs: ended.reduce((most, { curve }) => Math.max(most, curve.length), 0),
    images: ended.reduce((most, run) => Math.max(most, run.validationImages ?? 1), 1),
  };
}

function isOf(name: string): (run: ReportedRun) => boolean {
  return ({ model }) => model === name;
}

function apartOf(run: ReportedRun): SingleCurve | undefined {
  const { model, seed, ending, curve } = run;
  if (!isBad(run) && ending !== "pruned") return undefined;
  return { model, seed, ending: ending as SingleCurve["ending"], accuracies: curve };
}

/** Runs that ended early are in the medians of the epochs that they have. */
function bandOf(curves: readonly (readonly number[])[]): CurveEpoch[] {
  const longest = curves.reduce((most, { length }) => Math.max(most, length), 0);
  return Array.from({ length: longest }, (_, at) => {
    const values = curves.flatMap((curve) => curve[at] ?? []).sort((a, b) => a - b);
    const [low, median, high] = [0.25, 0.5, 0.75].map((part) => quantile(values, part));
    return { epoch: at + 1, median: median!, low: low!, high: high! };
  });
}
