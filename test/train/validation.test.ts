import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Dataset } from "../../src/data/dataset.js";
import { digits } from "../../src/data/sources/digits.js";
import { holdOut } from "../../src/data/split.js";
import { defineModel, flatten, linear, maxPool2d, type TrainOptions } from "../../src/index.js";
import { earlyStopText, endsEarly } from "../../src/train/early-stop.js";
import { evaluate } from "../../src/train/evaluate.js";
import { train } from "../../src/train/train.js";
import { epochMetrics } from "../runs/epoch-metrics.js";

const data = digits({ train: 150, test: 60 });
const model = defineModel("tiny", (image, { classes }) =>
  linear(flatten(maxPool2d(image, 7)), "head", { outFeatures: classes }),
);
const common = { model, data, batchSize: 32, seed: 2, learningRate: 0.01, threads: 1 } as const;

/** The data with other bytes and labels in the images that a seed holds out. */
function changedHeldOut(count: number, seed: number): Dataset {
  const size = data.channels * data.rows * data.columns;
  const { validation } = holdOut(data, count, seed);
  const key = (images: Uint8Array, at: number) => images.slice(at * size, (at + 1) * size).join();
  const taken = new Set(Array.from({ length: count }, (_, index) => key(validation.images, index)));
  const images = data.train.images.slice();
  const labels = data.train.labels.slice();
  for (let at = 0; at < data.train.count; at++) {
    if (!taken.has(key(data.train.images, at))) continue;
    images.fill(at, at * size, (at + 1) * size);
    labels[at] = (labels[at]! + 1) % data.classes;
  }
  return { ...data, train: { count: data.train.count, images, labels } };
}

describe("validation", () => {
  it("never trains on what is held out, and scores nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 0, max: 99 }),
        async (validation, seed) => {
          const settings = { ...common, seed, validation, epochs: 1 };
          const one = await train(settings);
          const other = await train({ ...settings, data: changedHeldOut(validation, seed) });
          expect(other.parameters).toEqual(one.parameters);
          expect(other.test).toEqual(one.test);
          expect(other.epochs[0]!.validationLoss).not.toBe(one.epochs[0]!.validationLoss);
          expect(one.epochs[0]!.validationTotal).toBe(validation);
        },
      ),
      { numRuns: 8 },
    );
  });

  it("validates on the held-out images, and scores the best epoch on the test images", async () => {
    const weights: TrainOptions["resume"][] = [];
    const result = await train({
      ...{ ...common, validation: 0.2, epochs: 4, learningRate: 0.5 },
      onEpoch: ({ epoch }, parameters) => void weights.push({ epoch, parameters }),
    });
    const { validation } = holdOut(data, 30, common.seed);
    for (const [index, { validationLoss, validationAccuracy }] of result.epochs.entries()) {
      const { parameters } = weights[index]!;
      const own = await evaluate({
        model,
        data: { ...data, test: validation },
        parameters,
        batchSize: 32,
      });
      expect([validationLoss, validationAccuracy]).toEqual([own.loss, own.accuracy]);
    }
    const losses = result.epochs.map(({ validationLoss }) => validationLoss);
    const best = losses.indexOf(Math.min(...losses)) + 1;
    expect(result.best!.epoch).toBe(best);
    const { loss, correct } = await evaluate({
      model,
      data,
      parameters: weights[best - 1]!.parameters,
      batchSize: 32,
    });
    expect(result.test).toEqual({
      selection: "validation",
      epoch: best,
      correct,
      total: 60,
      accuracy: correct / 60,
      loss,
    });
  });

  it("is the same after a stop", async () => {
    const settings = { ...common, validation: 30, patience: 3, epochs: 5, learningRate: 0.5 };
    const whole = await train(settings);
    const controller = new AbortController();
    const part = await train({
      ...{ ...settings, signal: controller.signal },
      onEpoch: ({ epoch }) => void (epoch === 2 && controller.abort()),
    });
    expect([part.stopped, part.test]).toEqual([true, undefined]);
    const resume = { epoch: 2, parameters: part.parameters, history: part.epochs };
    const rest = await train({ ...settings, resume: { ...resume, best: part.best!.parameters } });
    expect(rest.parameters).toEqual(whole.parameters);
    expect([rest.best, rest.test]).toEqual([whole.best, whole.test]);
    await expect(train({ ...settings, resume })).rejects.toThrow(
      "train: expected resume.best of the epochs before, with validation, got none",
    );
    await expect(train({ ...settings, resume: { ...resume, history: [] } })).rejects.toThrow(
      "resume.best",
    );
    const short = { ...resume, best: part.best!.parameters, history: part.epochs.slice(1) };
    await expect(train({ ...settings, resume: short })).rejects.toThrow(
      "train: expected resume.history of 2 epochs, got a list of 1",
    );
  });

  it("is a number of images or a share that leaves some on both sides", async () => {
    for (const validation of [0, 150, 1.5, -1, Number.NaN, 0.001, 0.999, "5"]) {
      const options = { ...common, validation } as unknown as TrainOptions;
      await expect(train(options)).rejects.toThrow(
        /^train: expected validation to be a share of the 150 training images, above 0 and below 1, or 1\.\.149 of them, got /,
      );
    }
  });
});

describe("patience", () => {
  const accuracies = (...list: number[]) =>
    list.map((validationAccuracy, index) => epochMetrics(index + 1, { validationAccuracy }));

  it("ends after as many epochs in a row without a higher accuracy", () => {
    const metrics = accuracies(0.5, 0.6, 0.6, 0.55, 0.7, 0.7, 0.6);
    const ends = (patience: number) =>
      metrics.findIndex((_, index) => endsEarly(metrics.slice(0, index + 1), patience));
    expect([1, 2, 3].map(ends)).toEqual([2, 3, -1]);
    expect(endsEarly(metrics, undefined)).toBe(false);
    expect(endsEarly([], 1)).toBe(false);
    expect(earlyStopText(metrics.slice(0, 4), 2)).toBe(
      "stopped early after epoch 4: no better than 60.00 % after epoch 2 in 2 epochs",
    );
  });

  it("ends a training, with the weights of its last epoch", async () => {
    // A learning rate that changes nothing.
    const settings = { ...common, learningRate: 1e-30 };
    const result = await train({ ...settings, patience: 2, epochs: 9 });
    expect([result.epochs.length, result.endedEarly, result.stopped]).toEqual([3, true, false]);
    const plain = await train({ ...settings, epochs: 3 });
    expect(result.parameters).toEqual(plain.parameters);
    await expect(train({ ...settings, patience: 0 })).rejects.toThrow(
      "train: expected patience to be a whole number of 1 or more, got 0",
    );
  });
});
