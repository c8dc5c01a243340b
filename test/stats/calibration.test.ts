import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  calibrationError,
  confidenceBins,
  fitTemperature,
  lossAt,
  withTemperature,
} from "../../src/stats/calibration.js";

/** Images whose classes occur exactly as often as probabilities say, whose logarithms are then scaled. */
function calibratedImages(scale: number) {
  const rows: number[] = [];
  const labels: number[] = [];
  for (const share of [5, 6, 7, 8, 9]) {
    for (let image = 0; image < 10; image++) {
      const probabilities = [share / 10, 1 - share / 10];
      rows.push(...withTemperature(probabilities.map(Math.log), 1 / scale));
      labels.push(image < share ? 0 : 1);
    }
  }
  return { logProbabilities: Float32Array.from(rows), classes: 2, labels };
}

describe("fitTemperature", () => {
  it.each([0.25, 0.5, 1, 2, 4])(
    "finds the factor %f that probabilities were sharpened by",
    (scale) => {
      expect(fitTemperature(calibratedImages(scale))).toBeCloseTo(scale, 4);
    },
  );

  it("never makes the loss larger, and no temperature near it does better", () => {
    const images = fc.array(
      fc.record({
        logits: fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -9, max: 9, noNaN: true }))),
        label: fc.nat(2),
      }),
      { minLength: 2, maxLength: 30 },
    );
    fc.assert(
      fc.property(images, (given) => {
        const scored = {
          logProbabilities: Float32Array.from(
            given.flatMap(({ logits }) => [...withTemperature(logits, 1)]),
          ),
          classes: 3,
          labels: given.map(({ label }) => label),
        };
        const temperature = fitTemperature(scored);
        const loss = lossAt(scored, temperature);
        expect(loss).toBeLessThanOrEqual(lossAt(scored, 1) + 1e-9);
        for (const near of [temperature * 0.97, temperature * 1.03]) {
          if (near >= 0.05 && near <= 20) {
            expect(loss).toBeLessThanOrEqual(lossAt(scored, near) + 1e-9);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("ends at its bounds where every image is right, or every one is wrong", () => {
    const logProbabilities = Float32Array.from([0.9, 0.1].map(Math.log));
    expect(fitTemperature({ logProbabilities, classes: 2, labels: [0] })).toBeCloseTo(0.05, 6);
    expect(fitTemperature({ logProbabilities, classes: 2, labels: [1] })).toBeCloseTo(20, 4);
  });

  it("leaves images without a prediction out, and is 1 where none is left", () => {
    const { logProbabilities, labels } = calibratedImages(2);
    const withNaN = Float32Array.from([...logProbabilities, Number.NaN, Number.NaN]);
    const scored = { logProbabilities: withNaN, classes: 2, labels: [...labels, 0] };
    expect(fitTemperature(scored)).toBeCloseTo(2, 4);
    const none = { logProbabilities: withNaN.slice(-2), classes: 2, labels: [0] };
    expect(fitTemperature(none)).toBe(1);
  });
});

describe("calibration error", () => {
  it("is the mean distance of accuracy and confidence, weighted by images", () => {
    // Bin 15: confidences 0.95 and 0.97, one right. Bin 9: 0.6, right.
    const bins = confidenceBins([0.95, 0.97, 0.6], (image) => image !== 1);
    expect(bins[14]).toEqual({ images: 2, confidence: expect.closeTo(0.96), accuracy: 0.5 });
    expect(calibrationError(bins)).toBeCloseTo((2 * 0.46 + 0.4) / 3, 10);
  });

  it("has bins that are open below and closed above", () => {
    const bins = confidenceBins([1, 14 / 15, 1 / 15, 0], () => true);
    expect(bins.map(({ images }) => images)).toEqual([2, ...Array(12).fill(0), 1, 1]);
  });

  it("is 0 for calibrated probabilities, and NaN without images", () => {
    const { logProbabilities, labels } = calibratedImages(1);
    const confidences = labels.map((_, image) => Math.exp(logProbabilities[2 * image]!));
    expect(
      calibrationError(confidenceBins(confidences, (image) => labels[image] === 0)),
    ).toBeCloseTo(0, 6);
    expect(calibrationError(confidenceBins([Number.NaN], () => true))).toBeNaN();
  });
});
