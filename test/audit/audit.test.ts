import { describe, expect, it } from "vitest";
import { type AuditOptions, audit } from "../../src/audit/audit.js";
import { checkNames } from "../../src/audit/check-names.js";
import { models } from "../../src/models/index.js";
import type { EpochMetrics } from "../../src/train/metrics.js";
import { changed, check, data, trained } from "./trained.js";

function epoch(number: number, loss: number, correct: number): EpochMetrics {
  return {
    epoch: number,
    trainLoss: 1,
    validationLoss: loss,
    validationCorrect: correct,
    validationTotal: 200,
    validationAccuracy: correct / 200,
    seconds: 1,
    imagesPerSecond: 1,
    learningRate: 0.1,
  };
}

describe("collapse", () => {
  const collapse = (...history: EpochMetrics[]) =>
    check("collapse", { model: models.cnn, history });

  it("flags a training that ends near chance, and one that fell and recovered", async () => {
    const found = await collapse(epoch(1, 0.5, 150), epoch(2, 2.3, 22), epoch(3, 2.3, 20));
    expect(found.verdict).toBe("flag");
    expect(found.text).toBe(
      "collapsed in epoch 2, with an accuracy near chance: 10.00 % after epoch 3, the last",
    );
    expect(found.figures!.collapse).toEqual({ epoch: 2, why: "chance" });
    const fell = await collapse(epoch(1, 0.5, 150), epoch(2, Number.NaN, 150), epoch(3, 0.5, 150));
    expect(fell.verdict).toBe("flag");
    expect(fell.figures!.collapse).toEqual({ epoch: 2, until: 2, why: "loss" });
  });

  it("passes one that learns, and says what near chance is", async () => {
    const { verdict, text, figures } = await collapse(epoch(1, 2.2, 22), epoch(2, 0.5, 150));
    // Each digit is a tenth of the 200 images: 10 % and three deviations of 2.12 %.
    expect([verdict, text]).toEqual([
      "pass",
      "in 2 epochs no fall to near chance, 16.36 % and below",
    ]);
    expect(figures).toEqual({ epochs: 2, limit: expect.closeTo(0.16364, 5) });
  });

  it("is not tested without a history", async () => {
    const { verdict, text } = await collapse();
    expect([verdict, text]).toEqual(["not tested", "no history of epochs"]);
  });
});

describe("selection", () => {
  it("tells how much the choice on the test images added", async () => {
    const { verdict, text, figures } = await check("selection", {
      model: models.cnn,
      parameters: await trained("cnn"),
      history: [epoch(1, 0.5, 150), epoch(2, 0.3, 180), epoch(3, 0.4, 184), epoch(4, 0.6, 176)],
      selectionEpochs: 0,
    });
    expect(verdict).toBe("flag");
    expect(text).toBe(
      "chosen from 4 epochs on the test images that score it: 92.00 % @ 3 at the best, 90.00 % @ 2 at the lowest loss, 88.00 % @ 4 at the last",
    );
    expect(figures!.heldOut).toBeUndefined();
  });

  it("trains with images held out, and chooses on them", async () => {
    const { verdict, text, figures } = await check("selection", {
      model: models.cnn,
      selectionEpochs: 2,
    });
    expect(verdict).toBe("not tested");
    expect(text).toMatch(
      /^no history of epochs; trained anew, chosen from 2 epochs on 106 images held out: [\d.]+ % @ \d, on the test images: [\d.]+ % @ \d$/,
    );
    const { trainImages, heldOutImages, curve, byHeldOut, byTest, last } = figures!.heldOut!;
    expect([trainImages, heldOutImages, curve.length]).toEqual([1174, 106, 2]);
    const lowest = curve.reduce((a, b) => (b.heldOutLoss < a.heldOutLoss ? b : a));
    expect(byHeldOut).toEqual({ epoch: lowest.epoch, correct: lowest.testCorrect, total: 200 });
    expect(byTest.correct).toBe(Math.max(...curve.map(({ testCorrect }) => testCorrect)));
    expect(last.epoch).toBe(2);
  });

  it("passes a single epoch, where there is no choice", async () => {
    const history = [epoch(1, 0.5, 150)];
    const found = await check("selection", { model: models.cnn, history, selectionEpochs: 0 });
    expect([found.verdict, found.text]).toEqual(["pass", "one epoch, nothing to choose"]);
  });
});

describe("noise", () => {
  it("takes the binomial deviation of one run", async () => {
    const parameters = await trained("cnn");
    const { verdict, figures } = await check("noise", { model: models.cnn, parameters });
    const accuracy = figures!.correct / 200;
    expect(verdict).toBe("flag");
    expect(figures!.deviation.from).toBe("binomial");
    expect(figures!.deviation.value).toBeCloseTo(Math.sqrt((accuracy * (1 - accuracy)) / 200), 12);
    expect(figures!.interval[0]).toBeLessThan(accuracy);
    expect(figures!.interval[1]).toBeGreaterThan(accuracy);
  });

  it("takes the deviation of several runs, and passes where they show a tenth of a point", async () => {
    const parameters = await trained("cnn");
    const options = { model: models.cnn, parameters } as const;
    const few = await check("noise", { ...options, seedAccuracies: [0.98, 0.985] });
    expect(few.figures!.deviation).toEqual({ value: expect.closeTo(0.00353553, 6), from: "runs" });
    expect(few.verdict).toBe("flag");
    const close = [0.98, 0.9801, 0.9802, 0.9803];
    expect((await check("noise", { ...options, seedAccuracies: close })).verdict).toBe("pass");
  });

  it("takes the deviation that is given", async () => {
    const options = {
      model: models.cnn,
      parameters: await trained("cnn"),
      seedDeviation: 0.001,
    } as const;
    const { text, figures } = await check("noise", options);
    expect(figures!.deviation).toEqual({ value: 0.001, from: "given" });
    expect(text).toMatch(
      /^[\d.]+ %, 95 % interval [\d.]+ to [\d.]+; one seed shows differences from 0\.4 percentage points; 0\.05 take 64, 0\.1 take 17, 0\.2 take 6 seeds per model, by the deviation given$/,
    );
  });
});

describe("invariances", () => {
  it("measures curves, with the accuracy without a change", async () => {
    const parameters = await trained("cnn");
    const { figures, text } = await check("invariances", { model: models.cnn, parameters });
    const { curves, correct, images } = figures!;
    expect(images).toBe(100);
    expect(curves.map(({ name }) => name)).toEqual([
      "shift x",
      "shift y",
      "rotation",
      "scale",
      "noise",
      "contrast",
    ]);
    for (const { name, points } of curves) {
      const neutral = points.find(({ at }) => at === (name === "scale" ? 1 : 0))!;
      expect(neutral.correct).toBe(correct);
    }
    // Six pixels are more than a stroke.
    expect(curves[0]!.points[0]!.correct).toBeLessThan(correct);
    expect(text).toMatch(
      /^[\d.]+ % of 100 images; of mild changes the worst, .*, costs -?[\d.]+ points; black and white exchanged: [\d.]+ %$/,
    );
  });
});

it("invariances are not tested where there is nothing to lose", async () => {
  let parameters = await trained("cnn");
  parameters = changed(parameters, "fc2.weight", (weight) => weight.fill(0));
  const { verdict, text } = await check("invariances", { model: models.cnn, parameters });
  expect(verdict).toBe("not tested");
  expect(text).toMatch(
    /^[\d.]+ % of 100 images, not above always answering the most frequent class \([\d.]+ %\): nothing to lose$/,
  );
});

describe("reproducibility", () => {
  it("finds the same bits", async () => {
    const { verdict, text, figures } = await check("reproducibility", { model: models.stn });
    expect(verdict).toBe("pass");
    expect(text).toMatch(
      /^the same bits after 20 steps, twice and with 1, 2 and 3 threads \((relaxed-fma|mul-add), [0-9a-f]{12}\)$/,
    );
    expect(figures!.trainings.map(({ threads }) => threads)).toEqual([1, 1, 2, 3]);
    const other = await check("reproducibility", { model: models.stn, seed: 1 });
    expect(other.figures!.trainings[0]!.digest).not.toBe(figures!.trainings[0]!.digest);
  });
});

describe("audit", () => {
  it("runs all checks in order, and says which need trained weights", async () => {
    const seen: string[] = [];
    const found = await audit({
      model: models.stn,
      data,
      images: 20,
      selectionEpochs: 0,
      threads: 1,
      onProgress: (name) => {
        if (seen.at(-1) !== name) seen.push(name);
      },
    });
    expect(seen).toEqual(checkNames);
    expect(found.trained).toBe(false);
    expect(found.checks.map(({ check: name, verdict }) => [name, verdict])).toEqual([
      ["finite", "pass"],
      ["leakage", "pass"],
      ["dead", "not tested"],
      ["collapse", "not tested"],
      ["selection", "not tested"],
      ["noise", "not tested"],
      ["invariances", "not tested"],
      ["reproducibility", "pass"],
      ["transformer", "not tested"],
      ["attention", "not tested"],
    ]);
  });

  it.each(checkNames)("%s ends when its signal aborts", async (name) => {
    const parameters = await trained("stn");
    const controller = new AbortController();
    const started = audit({
      model: name === "attention" ? models.mha : models.stn,
      data,
      parameters: name === "attention" ? await trained("mha") : parameters,
      only: [name],
      threads: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(started).rejects.toMatchObject({ name: "AbortError" });
  });

  it.each<[Partial<AuditOptions>, string]>([
    [{ images: 201 }, "audit: expected images to be at most the 200 test images, got 201"],
    [{ images: 0 }, "audit: expected images to be a whole number of 1 or more, got 0"],
    [
      { selectionEpochs: -1 },
      "audit: expected selectionEpochs to be a whole number of 0 or more, got -1",
    ],
    [
      { only: ["leak" as never] },
      "audit: expected only of finite, leakage, dead, collapse, selection, noise, invariances, reproducibility, transformer, attention, got leak",
    ],
    [{ seedDeviation: 0 }, "audit: expected seedDeviation in 0..1, got 0"],
    [
      { parameters: new Map() },
      "audit: expected parameters with conv1.weight [10, 1, 5, 5], got none",
    ],
  ])("refuses %j", async (options, message) => {
    await expect(audit({ model: models.cnn, data, ...options })).rejects.toThrow(message);
  });
});
