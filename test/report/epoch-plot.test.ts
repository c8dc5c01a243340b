import { expect, it } from "vitest";
import { logTicks, thinned } from "../../src/report/epoch-plot.js";
import { lossFigure } from "../../src/report/loss-figure.js";
import { epochMetrics } from "../runs/epoch-metrics.js";

const run = (losses: readonly number[]) => ({
  record: { model: "cnn" },
  metrics: losses.map((validationLoss, index) => epochMetrics(index + 1, { validationLoss })),
});

it("an axis over all of float32 has few ticks, powers of ten", () => {
  expect(logTicks(1e-45, 3e38).length).toBeLessThanOrEqual(9);
  expect(logTicks(1e-3, 1e9)).toEqual([1e-2, 1, 100, 1e4, 1e6, 1e8]);
});

it("losses of any size are drawn", () => {
  expect(lossFigure([run([1e-45, 3e38, 1e-45, 3e38])])!.svg).toContain("<path");
});

it("a line of many epochs is drawn with few points, its extremes among them", () => {
  const points = Array.from({ length: 100_000 }, (_, index) => ({
    epoch: index + 1,
    value: index === 77_777 ? 9 : index === 33_333 ? 0.1 : 1 + (index % 7) / 10,
  }));
  const kept = thinned(points);
  expect(kept.length).toBeLessThanOrEqual(4000);
  expect(kept).toContainEqual({ epoch: 77_778, value: 9 });
  expect(kept).toContainEqual({ epoch: 33_334, value: 0.1 });
  expect(kept.every(({ epoch }, index) => index === 0 || epoch >= kept[index - 1]!.epoch)).toBe(
    true,
  );
});
