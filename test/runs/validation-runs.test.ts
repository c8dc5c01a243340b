import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectViews, digits, evaluate } from "../../src/index.js";
import { collectPredictions } from "../../src/inspect/predictions.js";
import { recordTraining, trainRuns } from "../../src/node.js";
import { resultsTable } from "../../src/report/results-table.js";
import { caveat } from "../../src/report/summary.js";
import type { RecordTrainingOptions } from "../../src/runs/recording.js";
import { readRun } from "../../src/runs/run-folder.node.js";
import { readRunWeights } from "../../src/runs/run-weights.node.js";
import { trainEpochs } from "../../src/train/train-epochs.js";
import { figures } from "./figures.js";
import { contentOf, stateful, stopAfter, tiny } from "./tiny-run.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-validation-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const data = digits({ train: 100, test: 40 });

const options = (
  name: string,
  change: Partial<RecordTrainingOptions> = {},
): RecordTrainingOptions => ({
  ...{ directory: join(folder, name), model: tiny, data, epochs: 4, seed: 1 },
  ...{ batchSize: 32, learningRate: 0.3, threads: 1, validation: 0.2 },
  ...change,
});

/** Dies where a training's epochs are done, before its views. */
const killed = {
  train: trainEpochs,
  collectViews: () => Promise.reject(new Error("killed")),
  collectPredictions,
};

describe("a run with images held out", () => {
  it("scores its best weights on the test images, once, also after a stop and in a worker", async () => {
    const whole = await recordTraining(options("whole", stateful));
    const { record } = whole;
    expect(record.spec.split).toEqual({ validation: "heldOut", images: 20 });
    const { weights, epoch } = readRunWeights(whole.directory, "best");
    const { correct, total, accuracy, loss } = await evaluate({
      ...{ model: tiny, data, parameters: weights.parameters, batchSize: 32 },
    });
    expect(record.test).toEqual({ selection: "validation", epoch, correct, total, accuracy, loss });
    const parts = options("parts", { ...stateful, threads: 2 });
    const stopped = await recordTraining({ ...parts, ...stopAfter(2) });
    expect([stopped.record.state, stopped.record.test]).toEqual(["stopped", undefined]);
    const resumed = await recordTraining({ ...parts, validation: 20, resume: true });
    const [worker] = await trainRuns({ runs: [options("worker", stateful)], threads: 1 });
    if (worker?.status !== "fulfilled") throw worker?.reason;
    for (const run of [resumed, worker.value]) {
      expect(contentOf(run.directory).slice(1)).toEqual(contentOf(whole.directory).slice(1));
      expect(figures(run.metrics)).toEqual(figures(whole.metrics));
      expect([run.record.digest, run.record.test]).toEqual([record.digest, record.test]);
    }
  });

  it("scores them on resume where it was killed before", async () => {
    const whole = await recordTraining(options("to its end"));
    await expect(recordTraining(options("killed"), killed)).rejects.toThrow("killed");
    expect(readRun(join(folder, "killed")).record.test).toBeUndefined();
    const resumed = await recordTraining(options("killed", { resume: true }));
    expect(resumed.record.test).toEqual(whole.record.test);
    expect(resumed.record.state).toBe("done");
  });

  it("forgets the result where it goes on for more epochs", async () => {
    const more = options("more", { epochs: 2 });
    await recordTraining(more);
    await expect(recordTraining({ ...more, epochs: 4, resume: true }, killed)).rejects.toThrow();
    expect(readRun(more.directory).record.test).toBeUndefined();
    const resumed = await recordTraining({ ...more, epochs: 4, resume: true });
    const whole = readRun(join(folder, "to its end"));
    expect([resumed.record.test, resumed.record.digest]).toEqual([
      whole.record.test,
      whole.record.digest,
    ]);
  });

  it("is resumed with its images and patience alone", async () => {
    const own = options("own", { patience: 3 });
    await recordTraining({ ...own, ...stopAfter(1) });
    const resume = { ...own, resume: true };
    await expect(recordTraining({ ...resume, validation: 30 })).rejects.toThrow(
      "expected validation on 20 images held out to resume this run, got on 30 images held out",
    );
    const { validation: _, ...onTest } = resume;
    await expect(recordTraining(onTest)).rejects.toThrow("got on the test images");
    await expect(recordTraining({ ...resume, patience: 2 })).rejects.toThrow(
      "expected patience 3 to resume this run, got 2",
    );
  });

  it("is told from one that is validated on the test images", async () => {
    const run = await recordTraining(options("told"));
    const { validation: _, ...onTest } = options("on test");
    const other = await recordTraining(onTest);
    const table = resultsTable([run], { format: "markdown" });
    expect(table).toContain("| validation: best, % @ epoch |");
    const plain = resultsTable([run], { format: "plain" });
    expect(plain).toContain("validation accuracy, % @ epoch");
    expect(table).toContain("test, %");
    expect(resultsTable([other], { format: "markdown" })).not.toMatch(/validation|test/);
    expect(caveat([run])).toContain("that figure is not optimistic");
    expect(caveat([run])).not.toContain("Validation is on the test images");
    expect(caveat([other])).toContain("Validation is on the test images");
    expect(other.record.spec).not.toHaveProperty("recipe.patience");
  });
});

describe("a run that ends early", () => {
  it("is done, and stays so", async () => {
    const early = options("early", { learningRate: 1e-30, patience: 1, epochs: 9 });
    const run = await recordTraining(early);
    expect([run.record.state, run.metrics.length]).toEqual(["done", 2]);
    expect(run.record.test).toBeDefined();
    const again = await recordTraining({ ...early, resume: true });
    expect(again.record).toEqual(run.record);
    expect(again.metrics).toEqual(run.metrics);
    expect(resultsTable([run], { format: "plain" })).toContain("stopped early after epoch 2.");
  });

  it("is the same where it was killed before its end", async () => {
    const change = { learningRate: 1e-30, patience: 2, epochs: 9 };
    const whole = await recordTraining(options("undisturbed", change));
    await recordTraining(options("disturbed", { ...change, ...stopAfter(2) }));
    await expect(
      recordTraining(options("disturbed", { ...change, resume: true }), { ...killed }),
    ).rejects.toThrow();
    const run = await recordTraining(options("disturbed", { ...change, resume: true }), {
      train: () => Promise.reject(new Error("trains again")),
      collectViews,
      collectPredictions,
    });
    expect(figures(run.metrics)).toEqual(figures(whole.metrics));
    expect(contentOf(run.directory).slice(1)).toEqual(contentOf(whole.directory).slice(1));
  });
});
