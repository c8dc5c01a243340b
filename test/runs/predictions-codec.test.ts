import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSafetensors } from "../../src/formats/safetensors.js";
import { digits, initialize, models } from "../../src/index.js";
import { collectPredictions, predictionsOf } from "../../src/inspect/predictions.js";
import { encodeCalibration, parseCalibration } from "../../src/runs/calibration-codec.js";
import { decodePredictions, encodePredictions } from "../../src/runs/predictions-codec.js";
import { readRun, runFiles } from "../../src/runs/run-folder.node.js";
import { evaluate } from "../../src/train/evaluate.js";
import { recordTiny } from "./tiny-run.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-predictions-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const data = digits({ train: 20, test: 60 });
const source = { weights: "ab".repeat(32), data: data.digest };

/** Scores that are right for even images, and less and less confident; the last is NaN. */
function someScores(): Float32Array {
  const scores = new Float32Array(60 * 10).fill(-20);
  data.test.labels.forEach((label, image) => {
    const taken = image % 2 === 0 ? label : (label + 1) % 10;
    scores[image * 10 + taken] = Math.log(1 - image / 100);
  });
  scores[590] = Number.NaN;
  return scores;
}

describe("predictions", () => {
  it("of the engine are those that evaluate counts", async () => {
    const model = models.cnn.build(data);
    const parameters = initialize(model.graph, 4);
    const found = await collectPredictions(model, data, parameters, { batchSize: 64 });
    const { correct } = await evaluate({ model, data, parameters });
    expect(found.labels.filter((label, at) => label === found.predicted[at]).length).toBe(correct);
  });

  it("keep the pictures of the most confident mistakes, most confident first", () => {
    const found = predictionsOf(data, someScores());
    expect([...found.mistakes].slice(0, 3)).toEqual([1, 3, 5]);
    expect(found.mistakes.length).toBe(24);
    expect(found.pixels.subarray(784, 1568)).toEqual(data.test.images.subarray(3 * 784, 4 * 784));
    expect(found.confidences[59]).toBeNaN();
  });

  it("are written and read again, as a file that others read, too", () => {
    const found = predictionsOf(data, someScores());
    const bytes = encodePredictions(found, source);
    expect(decodePredictions(bytes, "file")).toEqual({ ...found, source });
    expect(readSafetensors(bytes, "file").tensors.get("predicted")).toMatchObject({
      dtype: "U8",
      shape: [60],
    });
  });

  it("are refused where any byte was changed, or the file was cut", () => {
    const bytes = encodePredictions(predictionsOf(data, someScores()), source);
    for (let at = 8; at < bytes.length; at += 97) {
      const changed = bytes.slice();
      changed[at]! ^= 1;
      expect(() => decodePredictions(changed, "file"), `byte ${at}`).toThrow(/^file: expected/);
    }
    for (const length of [0, 7, 100, bytes.length - 1]) {
      expect(() => decodePredictions(bytes.subarray(0, length), "file")).toThrow(/^file: expected/);
    }
  });

  it("belong to a run's best weights: those of other weights are none", async () => {
    const run = await recordTiny(join(folder, "tiny"));
    expect(run.predictions?.labels.length).toBe(100);
    const other = encodePredictions(run.predictions!, { ...source, data: run.record.data.digest });
    writeFileSync(runFiles(run.directory).predictions, other);
    expect(readRun(run.directory).predictions).toBeUndefined();
    writeFileSync(runFiles(run.directory).predictions, other.subarray(0, 50));
    expect(readRun(run.directory).leftOut?.[0]).toMatch(/predictions\.safetensors: expected/);
  });
});

describe("a calibration", () => {
  const bins = Array.from({ length: 15 }, () => ({ images: 3, confidence: 0.5, accuracy: 0.4 }));
  const agreement = { loss: 1, error: 0.1, bins };
  const part = { images: 3, before: agreement, after: { ...agreement, loss: Number.NaN } };
  const record = { format: 1, ...source, temperature: 1.5, heldOut: part, test: part } as const;

  it("is written and read again", () => {
    expect(parseCalibration(encodeCalibration(record), "file")).toEqual(record);
  });

  it("is refused where a figure was changed", () => {
    const text = encodeCalibration(record).replace("1.5", "2.5");
    expect(() => parseCalibration(text, "file")).toThrow(/^file: expected content with checksum/);
  });
});
