import { largestClass } from "../data/largest-class.js";
import { firstImages } from "../data/subset.js";
import type { Distortion } from "../data/transforms/distort.js";
import { distort } from "../data/transforms/distort.js";
import { counted } from "../numbers.js";
import { wilsonInterval } from "../stats/intervals.js";
import { evaluate } from "../train/evaluate.js";
import { type Check, type Subject, untrained } from "./check.js";
import { inPercent } from "./in-percent.js";

/** What is changed along a curve. */
export type CurveName = "shift x" | "shift y" | "rotation" | "scale" | "noise" | "contrast";

export interface AccuracyPoint {
  /** Pixels to the right or down; degrees clockwise; size factor; noise / 255; 1 for inverted contrast. */
  readonly at: number;
  readonly correct: number;
}

export interface AccuracyCurve {
  readonly name: CurveName;
  readonly unit: string;
  readonly points: readonly AccuracyPoint[];
}

export interface InvarianceFigures {
  readonly images: number;
  /** Images classified correctly without distortion. */
  readonly correct: number;
  readonly curves: readonly AccuracyCurve[];
}

/** One curve: the values at which it is measured, and which of them count as mild. */
interface Sweep {
  readonly name: CurveName;
  readonly unit: string;
  readonly at: readonly number[];
  readonly distortion: (at: number, seed: number) => Distortion;
  /** The value at which nothing is changed. */
  readonly neutral: number;
  readonly isMild: (at: number) => boolean;
  readonly words: (at: number) => string;
}

const pixels = [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6];

const sweeps: readonly Sweep[] = [
  {
    name: "shift x",
    unit: "pixels right",
    at: pixels,
    distortion: (right) => ({ kind: "shift", right, down: 0 }),
    neutral: 0,
    isMild: (at) => Math.abs(at) <= 2,
    words: (at) => `${Math.abs(at)} pixels to the ${at < 0 ? "left" : "right"}`,
  },
  {
    name: "shift y",
    unit: "pixels down",
    at: pixels,
    distortion: (down) => ({ kind: "shift", right: 0, down }),
    neutral: 0,
    isMild: (at) => Math.abs(at) <= 2,
    words: (at) => `${Math.abs(at)} pixels ${at < 0 ? "up" : "down"}`,
  },
  {
    name: "rotation",
    unit: "degrees clockwise",
    at: [-60, -45, -30, -20, -15, -10, 0, 10, 15, 20, 30, 45, 60],
    distortion: (degrees) => ({ kind: "rotate", degrees }),
    neutral: 0,
    isMild: (at) => Math.abs(at) <= 15,
    words: (at) => `${Math.abs(at)} degrees ${at < 0 ? "anticlockwise" : "clockwise"}`,
  },
  {
    name: "scale",
    unit: "times the size",
    at: [0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 1.6],
    distortion: (factor) => ({ kind: "scale", factor }),
    neutral: 1,
    isMild: (at) => at >= 0.8 && at <= 1.2,
    words: (at) => `${at} times the size`,
  },
  {
    name: "noise",
    unit: "standard deviation, part of 255",
    at: [0, 0.1, 0.2, 0.3, 0.4, 0.5],
    distortion: (deviation, seed) => ({ kind: "noise", deviation, seed }),
    neutral: 0,
    isMild: (at) => at <= 0.1,
    words: (at) => `noise of ${at} · 255`,
  },
  {
    name: "contrast",
    unit: "1: black and white exchanged",
    at: [0, 1],
    distortion: () => ({ kind: "invert" }),
    neutral: 0,
    isMild: () => false,
    words: () => "black and white exchanged",
  },
];

/** A mild distortion may cost this fraction of the images. */
const MOST_LOST = 0.05;

/**
 * How much accuracy do changes cost that leave a digit readable?
 *
 * Flags a model where a mild change (2 pixels, 15 degrees, 0.8 to 1.2 times the size, noise of 0.1 · 255)
 * costs more than 5 percentage points. Inverted contrast is measured, but not judged.
 */
export const checkInvariances: Check<InvarianceFigures> = async (subject, run) => {
  if (!subject.trained) return untrained;
  const total = sweeps.reduce((sum, { at }) => sum + at.length, 0);
  const images = Math.min(subject.images, subject.data.test.count);
  const correct = await countCorrect(subject, undefined, run.threads);
  const usual = largestClass(firstImages(subject.data.test, subject.data, images));
  if (!(wilsonInterval(correct, images).low > usual / images)) {
    const text = `${inPercent(correct / images)} of ${counted(images, "image")}, not above always answering the most frequent class (${inPercent(usual / images)}): nothing to lose`;
    return { verdict: "not tested", text };
  }
  const curves: AccuracyCurve[] = [];
  let done = 0;
  for (const { name, unit, at, neutral, distortion } of sweeps) {
    const points: AccuracyPoint[] = [];
    for (const each of at) {
      run.signal?.throwIfAborted();
      points.push({
        at: each,
        correct:
          each === neutral
            ? correct
            : await countCorrect(subject, distortion(each, subject.seed), run.threads),
      });
      done++;
      run.progress(done / total);
    }
    curves.push({ name, unit, points });
  }
  const figures = { images, correct, curves };
  const worst = worstMild(figures);
  const lost = (correct - worst.correct) / images;
  const inverted = curves.find(({ name }) => name === "contrast")!.points.at(-1)!;
  const words = [
    `${inPercent(correct / images)} of ${counted(images, "image")}`,
    `of mild changes the worst, ${describeChange(worst)}, costs ${(lost * 100).toFixed(1)} points`,
    `black and white exchanged: ${inPercent(inverted.correct / images, 1)}`,
  ];
  return { verdict: lost > MOST_LOST ? "flag" : "pass", text: words.join("; "), figures };
};

function describeChange({ name, at }: { readonly name: CurveName; readonly at: number }): string {
  return sweeps.find((sweep) => sweep.name === name)!.words(at);
}

async function countCorrect(
  { model, data, parameters, batchSize, images }: Subject,
  distortion: Distortion | undefined,
  threads: number | undefined,
): Promise<number> {
  const plain = firstImages(data.test, data, images);
  const test = distortion ? distort(plain, data, distortion) : plain;
  const result = await evaluate({ model, data: { ...data, test }, parameters, batchSize, threads });
  return result.correct;
}

/** The mild distortion with the lowest accuracy. */
function worstMild({ curves }: InvarianceFigures): AccuracyPoint & { readonly name: CurveName } {
  const mild = curves.flatMap(({ name, points }) => {
    const { isMild } = sweeps.find((sweep) => sweep.name === name)!;
    return points.filter(({ at }) => isMild(at)).map((point) => ({ ...point, name }));
  });
  return mild.reduce((a, b) => (b.correct < a.correct ? b : a));
}
