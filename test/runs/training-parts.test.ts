import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { models } from "../../src/models/index.js";
import { recordTraining } from "../../src/runs/record-training.node.js";
import { trainingSpans, withEndedPart, withNewPart } from "../../src/runs/training-parts.js";
import { metricsOf } from "../report/fixtures.js";
import { emptyData, fakeTrainer } from "./fake-trainer.js";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
const second = (date: Date) => date.getTime() / 1000;

describe("the parts of a run", () => {
  it("begin and end, one after the other", () => {
    const first = withNewPart(undefined, { firstEpoch: 1, threads: 2 }, at(0));
    const ended = withEndedPart(first, at(5));
    const second = withNewPart({ parts: ended }, { firstEpoch: 4, threads: 1 }, at(60));
    expect(withEndedPart(second, at(70))).toEqual([
      { firstEpoch: 1, threads: 2, started: at(0).toISOString(), ended: at(5).toISOString() },
      { firstEpoch: 4, threads: 1, started: at(60).toISOString(), ended: at(70).toISOString() },
    ]);
  });

  it("stay unknown where those of before are", () => {
    expect(withNewPart({}, { firstEpoch: 4, threads: 1 })).toBeUndefined();
    expect(withEndedPart(undefined)).toBeUndefined();
    expect(trainingSpans({ record: {}, metrics: [] })).toBeUndefined();
  });

  it("end after their epochs, where they were killed", () => {
    const [started, resumed] = [at(0).toISOString(), at(100).toISOString()];
    const parts = [
      { firstEpoch: 1, threads: 1, started },
      { firstEpoch: 3, threads: 1, started: resumed },
    ];
    // Epochs of 3, 3.1 and 3.2 seconds.
    const metrics = metricsOf([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
    const spans = trainingSpans({ record: { parts }, metrics })!;
    expect(spans.map(({ from, to }) => [from / 1000, to / 1000])).toEqual([
      [second(at(0)), second(at(0)) + 6.1],
      [second(at(100)), second(at(100)) + 3.2],
    ]);
  });

  it("are in run.json, one per start or resumption", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fovea-parts-"));
    const options = { directory: join(folder, "run"), model: models.cnn, data: emptyData };
    const recipe = { seed: 0, batchSize: 64, learningRate: 0.01 };
    const first = await recordTraining({ ...options, ...recipe, epochs: 2 }, fakeTrainer([2, 1]));
    expect(first.record.parts).toMatchObject([{ firstEpoch: 1, threads: 1 }]);
    const go = { ...options, ...recipe, epochs: 3, resume: true };
    const { record } = await recordTraining(go, fakeTrainer([2, 1, 0.5]));
    expect(record.parts).toMatchObject([{ firstEpoch: 1 }, { firstEpoch: 3, threads: 1 }]);
    for (const { started, ended } of record.parts!) {
      expect(Date.parse(ended!)).toBeGreaterThanOrEqual(Date.parse(started));
    }
    // Nothing is left to train, so that nothing is added.
    const same = await recordTraining(go, fakeTrainer([2, 1, 0.5]));
    expect(same.record.parts).toEqual(record.parts);
    rmSync(folder, { recursive: true });
  });
});
