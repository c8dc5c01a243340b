import { describe, expect, it } from "vitest";
import { digits } from "../../src/data/sources/digits.js";
import { models } from "../../src/models/index.js";
import { evaluate } from "../../src/train/evaluate.js";
import type { EpochMetrics, TrainProgress } from "../../src/train/metrics.js";
import { train } from "../../src/train/train.js";

const data = digits({ train: 200, test: 70 });

describe("train", () => {
  it("reports metrics that evaluate confirms, last partial batches included", async () => {
    const seen: EpochMetrics[] = [];
    const result = await train({
      model: models.stn,
      data,
      epochs: 2,
      onEpoch: (metrics) => void seen.push(metrics),
    });
    expect(result.epochs).toEqual(seen);
    expect(seen.map(({ epoch }) => epoch)).toEqual([1, 2]);
    const check = await evaluate({ model: models.stn, data, parameters: result.parameters });
    const last = seen[1]!;
    expect(check).toEqual({
      correct: last.validationCorrect,
      total: 70,
      withoutPrediction: 0,
      accuracy: last.validationAccuracy,
      loss: last.validationLoss,
    });
  });

  it("counts progress up to every image of both phases", async () => {
    const progress: TrainProgress[] = [];
    await train({
      model: models.cnn,
      data,
      epochs: 1,
      onProgress: (now) => void progress.push({ ...now }),
    });
    const last = (phase: string) => progress.findLast((now) => now.phase === phase);
    expect(last("train")).toMatchObject({ done: 200, total: 200, epoch: 1, epochs: 1 });
    expect(last("validate")).toMatchObject({ done: 70, total: 70 });
  });

  it("learns: the loss falls on digits it has seen", async () => {
    const { epochs } = await train({ model: models.cnn, data, epochs: 30, learningRate: 0.05 });
    expect(epochs.at(-1)!.trainLoss).toBeLessThan(0.8 * epochs[0]!.trainLoss);
  });

  it("resumes after an epoch with the bits of a run that never stopped", async () => {
    const whole = await train({ model: models.mha, data, epochs: 3, seed: 4, threads: 1 });
    const part = await train({ model: models.mha, data, epochs: 1, seed: 4, threads: 2 });
    const resume = { epoch: 1, parameters: part.parameters };
    const rest = await train({ model: models.mha, data, epochs: 3, seed: 4, threads: 2, resume });
    expect(rest.epochs.map(({ epoch }) => epoch)).toEqual([2, 3]);
    expect(rest.parameters).toEqual(whole.parameters);
  });

  it("ends after the current epoch when the signal aborts", async () => {
    const controller = new AbortController();
    const result = await train({
      model: models.cnn,
      data,
      epochs: 5,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(result.stopped).toBe(true);
    expect(result.epochs.length).toBe(1);
  });

  it("depends on the seed", async () => {
    const one = await train({ model: models.cnn, data, epochs: 1, seed: 1 });
    const two = await train({ model: models.cnn, data, epochs: 1, seed: 2 });
    expect(one.parameters).not.toEqual(two.parameters);
  });

  const refused: readonly (readonly [object, string | RegExp])[] = [
    [{ epochs: 0 }, "train: expected epochs to be a whole number of 1 or more, got 0"],
    [{ epochs: 1.5 }, "train: expected epochs to be a whole number of 1 or more, got 1.5"],
    [{ seed: -1 }, "train: expected seed to be a whole number in 0..4294967295, got -1"],
    [{ learningRate: 0 }, "train: expected learningRate to be a number above 0, got 0"],
    [{ learningRate: 1e-46 }, "train: expected learningRate to be 1.5e-45 to 3.4e38, got 1e-46"],
    [{ learningRate: 1e39 }, "train: expected learningRate to be 1.5e-45 to 3.4e38, got 1e+39"],
    [{ threads: 0 }, "engine: expected threads to be a whole number of 1 or more, got 0"],
    [{ batchSize: 0 }, "engine: expected batchSize to be a whole number of 1 or more, got 0"],
    [{ model: "cnn" as never }, 'train: expected a model, made by defineModel, got "cnn"'],
    [
      { learningrate: 0.1 },
      "train: expected options model, data, epochs, seed, batchSize, learningRate, optimizer, schedule, groups, clip, ema, loss, penalty, augment, validation, patience, threads, initial, resume, signal, onStart, onProgress, onWarning, onEpoch, got learningrate",
    ],
    [{ data: undefined as never }, "train: expected data to be a data set, got undefined"],
    [
      { data: { ...data, classes: 5 } },
      /^train: expected labels of data\.train in 0\.\.4, got \d at image \d+$/,
    ],
    [
      { data: { ...data, rows: 27 } },
      "train: expected data.train with images of 27×28×1 bytes and a label each, got count 200, 156800 bytes and 200 labels",
    ],
    [
      { data: { ...data, test: { ...data.test, count: 0 } } },
      "train: expected data.test.count to be a whole number of 1 or more, got 0",
    ],
    [
      { data: { ...data, train: { ...data.train, labels: [...data.train.labels] as never } } },
      "train: expected data.train with images and labels as Uint8Array, got an object",
    ],
    [
      { data: { ...data, std: 0 } },
      "train: expected data.mean to be a number and data.std one above 0, got 0.1253 and 0",
    ],
    [
      { seed: 2 ** 32 },
      "train: expected seed to be a whole number in 0..4294967295, got 4294967296",
    ],
    [
      { learningRate: "0.1" as never },
      'train: expected learningRate to be a number above 0, got "0.1"',
    ],
    [
      { resume: { epoch: 6, parameters: new Map() } },
      "train: expected resume.epoch to be a whole number in 0..5, got 6",
    ],
    [
      { resume: { epoch: 1, parameters: {} as never } },
      "train: expected resume.parameters by name in a Map, got an object",
    ],
    [
      { resume: { epoch: 1, parameters: new Map() } },
      "parameters: expected conv1.weight, got none of this name",
    ],
    [{ onEpoch: "log" as never }, 'train: expected onEpoch to be a function, got "log"'],
    [{ signal: true as never }, "train: expected signal to be an AbortSignal, got true"],
  ];

  it.each(refused.map(([options, message]) => [message, options] as const))(
    "refuses: %s",
    async (message, options) => {
      await expect(train({ model: models.cnn, data, ...options })).rejects.toThrow(message);
    },
  );
});
