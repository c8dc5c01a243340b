import { describe, expect, it } from "vitest";
import { collapseOf, collapseText, nearChance } from "../../src/train/collapse.js";
import type { EpochMetrics } from "../../src/train/metrics.js";

const images = 10_000;
/** MNIST's test images: 1,135 of them are ones. */
const mnist = { classes: 10, images, largestClass: 1135 };

/** A curve of accuracies; a loss of its own in place of 0.5 where one is given. */
function curve(...epochs: readonly (number | { accuracy: number; loss: number })[]) {
  return epochs.map((each, index): EpochMetrics => {
    const { accuracy, loss } = typeof each === "number" ? { accuracy: each, loss: 0.5 } : each;
    return {
      epoch: index + 1,
      trainLoss: loss,
      validationLoss: loss,
      validationCorrect: Math.round(accuracy * images),
      validationTotal: images,
      validationAccuracy: accuracy,
      seconds: 1,
      imagesPerSecond: 1,
      learningRate: 0.01,
    };
  });
}

const times = (count: number, accuracy: number) => new Array<number>(count).fill(accuracy);
const diverged = { accuracy: 0.098, loss: Number.NaN };

describe("near chance", () => {
  it("is what always giving the same answer reaches, and a twentieth of the rest", () => {
    expect(nearChance(mnist)).toBeCloseTo(0.1135 + 0.8865 / 20, 10);
    expect(nearChance({ classes: 10, images })).toBeCloseTo(0.145, 10);
    // Above MNIST's most frequent class, even where nothing is known of it.
    expect(nearChance({ classes: 10, images })).toBeGreaterThan(0.1135);
  });

  it("is wider where there are few images: three binomial deviations", () => {
    expect(nearChance({ classes: 2, images: 100 })).toBeCloseTo(0.5 + 3 * 0.05, 10);
  });

  it("uses the most frequent class, where classes differ in size", () => {
    expect(nearChance({ classes: 2, images, largestClass: 9000 })).toBeCloseTo(
      0.9 + 0.1 / 11.11,
      2,
    );
    expect(nearChance({ classes: 2, images, largestClass: 9000 })).toBeGreaterThan(0.9);
  });

  it("is nothing where all images are of one class", () => {
    expect(nearChance({ classes: 10, images, largestClass: images })).toBe(-1);
    expect(collapseOf(curve(0, 0), { classes: 10, images, largestClass: images })).toBeUndefined();
  });
});

describe("collapseOf", () => {
  it.each([
    ["a healthy curve", curve(0.9, 0.95, 0.97)],
    ["a slow learner", curve(...times(3, 0.1), 0.12, 0.2, 0.5, 0.8, 0.9, 0.95)],
    ["a very slow one", curve(...times(7, 0.11), 0.5, 0.9)],
    ["a slip within the first third", curve(0.3, 0.1, ...times(7, 0.9))],
    ["a loss that was infinite at first", curve({ accuracy: 0.1, loss: Infinity }, 0.5, 0.9)],
    ["no epoch", []],
  ])("passes %s", (_, metrics) => {
    expect(collapseOf(metrics, mnist)).toBeUndefined();
  });

  it("finds a training that was dead from the start", () => {
    expect(collapseOf(curve(...times(9, 0.1135)), mnist)).toEqual({ epoch: 1, why: "chance" });
    expect(collapseOf(curve(0.1), mnist)).toEqual({ epoch: 1, why: "chance" });
  });

  it("waits for a third of the epochs that are planned, unless the loss is not finite", () => {
    expect(collapseOf(curve(...times(3, 0.1)), mnist, 9)).toBeUndefined();
    expect(collapseOf(curve(...times(4, 0.1)), mnist, 9)).toEqual({ epoch: 1, why: "chance" });
    expect(collapseOf(curve(diverged), mnist, 300)).toEqual({ epoch: 1, why: "loss" });
  });

  it("finds a late collapse, and one within the first third that was not recovered from", () => {
    const late = curve(...times(20, 0.98), 0.1135, 0.1, 0.1135);
    expect(collapseOf(late, mnist)).toEqual({ epoch: 21, why: "chance" });
    const early = curve(0.9, 0.1, 0.1);
    expect(collapseOf(early, mnist, 300)).toEqual({ epoch: 2, why: "chance" });
  });

  it("says that a training fell, where it recovered", () => {
    const fell = curve(...times(5, 0.98), 0.1, 0.12, ...times(3, 0.97));
    expect(collapseOf(fell, mnist)).toEqual({ epoch: 6, until: 7, why: "chance" });
    const twice = curve(...times(5, 0.98), 0.1, 0.9, 0.1, 0.97);
    expect(collapseOf(twice, mnist)).toEqual({ epoch: 8, until: 8, why: "chance" });
  });

  it("is no fall where the epochs before were hardly better", () => {
    const few = { classes: 3, images: 120 };
    const slow = curve(0.43, 0.5, 0.44, 0.53, 0.42, 0.51, 0.45, 0.5, 0.58);
    expect(collapseOf(slow, few)).toBeUndefined();
    expect(collapseOf(curve(0.43, 0.5, 0.8, 0.9, 0.42, 0.51), few)).toMatchObject({ epoch: 5 });
  });

  it("finds a loss of NaN, whatever the accuracy", () => {
    const metrics = curve(0.9, 0.95, { accuracy: 0.9, loss: Number.NaN }, diverged);
    expect(collapseOf(metrics, mnist)).toEqual({ epoch: 3, why: "loss" });
    const infinite = curve(0.9, 0.95, { accuracy: 0.95, loss: Infinity });
    expect(collapseOf(infinite, mnist)).toEqual({ epoch: 3, why: "loss" });
  });
});

describe("collapseText", () => {
  const textOf = (metrics: readonly EpochMetrics[]) =>
    collapseText(collapseOf(metrics, mnist)!, metrics);

  it("says when, how and what is left", () => {
    expect(textOf(curve(0.1, 0.1135))).toBe("stayed near chance: 11.35 % after epoch 2, the last");
    expect(textOf(curve(diverged))).toBe(
      "diverged in epoch 1, where its loss stopped being finite: 9.80 % after epoch 1, the last",
    );
    expect(textOf(curve(0.9, 0.9, diverged))).toBe(
      "diverged in epoch 3, where its loss stopped being finite: 9.80 % after epoch 3, the last",
    );
    // The epoch is that of the loss, not that of a fall to chance before it.
    expect(textOf(curve(0.9, 0.9, 0.1, diverged))).toBe(
      "diverged in epoch 4, where its loss stopped being finite: 9.80 % after epoch 4, the last",
    );
    expect(textOf(curve(0.9, 0.9, 0.1, 0.9))).toBe(
      "fell in epoch 3, with an accuracy near chance, and recovered",
    );
    expect(textOf(curve(0.9, 0.9, 0.1, 0.1, 0.9))).toBe(
      "fell in epochs 3 to 4, with an accuracy near chance, and recovered",
    );
  });
});
