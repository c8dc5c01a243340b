import { expect, it, test } from "vitest";
import { rateCurve } from "../../src/cli/terminal/rate-curve.js";
import { digits } from "../../src/data/sources/digits.js";
import { defineModel, type FoundRate, findLearningRate, flatten, linear } from "../../src/index.js";
import { rateFigure } from "../../src/report/rate-figure.js";
import { foundRateText } from "../../src/train/find-learning-rate.js";
import { expectWellFormed } from "../report/well-formed.js";

const data = digits({ train: 256, test: 16 });
const model = defineModel("line", (image, { classes }) =>
  linear(flatten(image), "fc", { outFeatures: classes }),
);
const options = { model, data, batchSize: 32, threads: 1 };

it("suggests a rate between one that does nothing and one that diverges, in the same bits each time", async () => {
  const found = await findLearningRate({ ...options, from: 1e-5, to: 1000, steps: 80 });
  expect(found.suggested).toBeGreaterThan(1e-4);
  expect(found.suggested).toBeLessThanOrEqual(found.lowest!);
  expect(found.diverged).toBe(true);
  expect(await findLearningRate({ ...options, from: 1e-5, to: 1000, steps: 80 })).toEqual(found);
});

it("takes rates that grow exponentially", async () => {
  const { points } = await findLearningRate({ ...options, from: 1e-6, to: 1e-4, steps: 21 });
  expect(points).toHaveLength(21);
  expect(points[0]!.learningRate).toBeCloseTo(1e-6, 12);
  expect(points[10]!.learningRate).toBeCloseTo(1e-5, 12);
  expect(points[20]!.learningRate).toBeCloseTo(1e-4, 12);
  expect(points[0]!.smoothed).toBeCloseTo(points[0]!.loss, 12);
});

test.each([
  [{ from: 1, to: 1 }, "findLearningRate: expected from below to, got 1 and 1"],
  [{ from: 0 }, "findLearningRate: expected from to be 1.5e-45 to 3.4e38, got 0"],
  [{ steps: 5 }, "findLearningRate: expected steps to be a whole number of 20 or more, got 5"],
  [{ schedule: { kind: "cosine" } }, "expected options model, data, seed"],
])("%j is refused", async (wrong, message) => {
  await expect(findLearningRate({ ...options, ...wrong } as never)).rejects.toThrow(message);
});

it("stops at a signal", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(findLearningRate({ ...options, signal })).rejects.toThrow("enough");
});

const flat: FoundRate = {
  points: [1, 2, 3].map((at) => ({ learningRate: at / 10, loss: 2, smoothed: 2 })),
  diverged: false,
};

it("is drawn, also where nothing is suggested", () => {
  const points = [3, 2, 1, 2].map((loss, at) => ({
    ...{ learningRate: 10 ** (at - 4), loss, smoothed: loss },
  }));
  const found = { points, suggested: 1e-3, lowest: 1e-2, diverged: false };
  const { svg } = rateFigure("a<b", found);
  expectWellFormed(svg);
  expect(svg).toContain(">0.001</text>");
  expect(
    rateCurve(found)
      .split("\n")
      .filter((line) => line.includes("o")),
  ).toHaveLength(3);
  expectWellFormed(rateFigure("flat", flat).svg);
  expect(rateCurve(flat)).not.toContain(" o\n");
  expect(foundRateText(flat)).toBe(
    "no suggestion: in 3 steps at rates of 0.1 to 0.3 the loss did not fall",
  );
});
