import { describe, expect, test } from "vitest";
import type { Predictions } from "../../src/inspect/predictions.js";
import {
  decodeStudyPredictions,
  encodeStudyPredictions,
  joinPredictions,
} from "../../src/study/study-predictions.js";

function predictions(change: Partial<Predictions> = {}): Predictions {
  return {
    ...{ channels: 1, rows: 1, columns: 2, classes: 3 },
    labels: Uint8Array.from([0, 1, 2, 1]),
    predicted: Uint8Array.from([0, 2, 2, 0]),
    confidences: Float32Array.from([0.9, 0.8, 0.7, Number.NaN]),
    mistakes: Uint32Array.from([1]),
    pixels: Uint8Array.from([5, 6]),
    ...change,
  };
}

const other = predictions({
  predicted: Uint8Array.from([1, 1, 2, 1]),
  confidences: new Float32Array(4).fill(0.5),
  mistakes: Uint32Array.from([0]),
  pixels: Uint8Array.from([7, 8]),
});

describe("predictions of a study", () => {
  const table = joinPredictions([
    { key: "a_seed0", predictions: predictions() },
    { key: "b_seed0", predictions: other },
  ])!;

  test("have a row a run, −1 for no answer, and the pictures of all", () => {
    expect(table.runs.map(({ predicted }) => [...predicted])).toEqual([
      [0, 2, 2, -1],
      [1, 1, 2, 1],
    ]);
    expect([...table.images]).toEqual([0, 1]);
    expect([...table.pixels]).toEqual([7, 8, 5, 6]);
    expect(joinPredictions([])).toBeUndefined();
  });

  test("are read as they were written", () => {
    expect(decodeStudyPredictions(encodeStudyPredictions(table), "file")).toEqual(table);
  });

  test("of other images are refused", () => {
    const labels = Uint8Array.from([0, 1, 2, 2]);
    const given = [
      { key: "a_seed0", predictions: predictions() },
      { key: "b_seed0", predictions: predictions({ labels }) },
    ];
    expect(() => joinPredictions(given)).toThrow(
      "b_seed0: expected predictions of the images of a_seed0, got others",
    );
  });

  test.each([
    ["no safetensors", (bytes: Uint8Array) => bytes.subarray(0, 5)],
    ["half of it", (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2)],
  ])("that are %s are refused", (_, damage) => {
    expect(() => decodeStudyPredictions(damage(encodeStudyPredictions(table)), "file")).toThrow(
      /^file/,
    );
  });

  test("with a label that is no class are refused", () => {
    const wrong = { ...table, labels: Uint8Array.from([0, 1, 2, 9]) };
    expect(() => decodeStudyPredictions(encodeStudyPredictions(wrong), "file")).toThrow(
      "file: expected predictions of one set of images, got other content",
    );
  });
});
