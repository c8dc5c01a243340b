import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KERNEL_REVISION } from "../../src/engine/build.js";
import { graphHash } from "../../src/graph/graph-codec.js";
import { models } from "../../src/models/index.js";
import { recordTraining } from "../../src/runs/record-training.node.js";
import type { RecordTrainingOptions } from "../../src/runs/recording.js";
import { readRun, runFiles } from "../../src/runs/run-folder.node.js";
import { runSpecDigest } from "../../src/runs/run-spec.js";
import { readWeights } from "../../src/runs/weights-file.node.js";
import { emptyData, fakeTrainer } from "./fake-trainer.js";

const losses = [3, 1, 2, 1, 0.5];

let parent: string;
let directory: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "fovea-run-"));
  directory = join(parent, "run");
});
afterEach(() => rmSync(parent, { recursive: true }));

const options = (change: Partial<RecordTrainingOptions> = {}): RecordTrainingOptions => ({
  directory,
  model: models.stn,
  data: emptyData,
  epochs: 4,
  seed: 7,
  batchSize: 64,
  learningRate: 0.01,
  ...change,
});

const record = (change: Partial<RecordTrainingOptions> = {}) =>
  recordTraining(options(change), fakeTrainer(losses));

/** Ends the training after some epochs, as Ctrl-C does. */
function stopAfter(epochs: number): Partial<RecordTrainingOptions> {
  const controller = new AbortController();
  const onEpoch = ({ epoch }: { epoch: number }) => epoch === epochs && controller.abort();
  return { signal: controller.signal, onEpoch };
}

/** A trainer that gets Ctrl-C while it prepares. */
function abortingTrainer() {
  const controller = new AbortController();
  const { train, ...others } = fakeTrainer(losses);
  const aborting: typeof train = (trainOptions) => {
    controller.abort();
    return train(trainOptions);
  };
  return { controller, trainer: { train: aborting, ...others } };
}

/** Everything that must not depend on interruptions. */
const content = (folder: string) => {
  const files = runFiles(folder);
  const paths = [files.metrics, files.best, files.last, files.views];
  return paths.map((path) => readFileSync(path).toString("base64"));
};

describe("a recorded training", () => {
  test("leaves a run folder", async () => {
    const run = await record();
    expect(readdirSync(directory).sort()).toEqual([
      "best.safetensors",
      "last.safetensors",
      "metrics.csv",
      "model.json",
      "predictions.safetensors",
      "run.json",
      "views.json",
    ]);
    expect(run).toEqual(readRun(directory));
    expect(run.record).toMatchObject({
      format: 2,
      model: "stn",
      spec: {
        format: 1,
        model: graphHash(models.stn.build(emptyData).graph),
        data: { digest: "0123456789abcdef", mean: 0.5, std: 0.5 },
        split: { validation: "test" },
        recipe: { epochs: 4, batchSize: 64, learningRate: 0.01 },
        seed: 7,
        engine: { build: "relaxed-fma", shards: 8, revision: KERNEL_REVISION },
      },
      data: { name: "empty", digest: "0123456789abcdef", trainCount: 100, testCount: 100 },
      parameters: 27360,
      versions: { node: process.versions.node, v8: process.versions.v8 },
      threads: 1,
      state: "done",
    });
    expect(run.record.digest).toBe(runSpecDigest(run.record.spec));
    expect(run.model).toEqual(models.stn.build(emptyData));
    expect(run.metrics.map(({ validationLoss }) => validationLoss)).toEqual([3, 1, 2, 1]);
  });

  test("keeps the weights of the lowest loss, the first of equals, and the last", async () => {
    await record();
    const files = runFiles(directory);
    expect(readWeights(files.best).metadata).toEqual({
      format: "pt",
      model: "stn",
      epoch: "2",
      seed: "7",
      data: "0123456789abcdef",
    });
    expect(readWeights(files.best).parameters.get("conv1.weight")?.values[0]).toBe(2);
    expect(readWeights(files.last).metadata.epoch).toBe("4");
  });

  test("views are those of the best weights", async () => {
    const run = await record();
    expect(run.views?.images[0]?.theta?.[0]).toBe(2);
  });

  test("does not overwrite a run", async () => {
    await record();
    await expect(record()).rejects.toThrow(
      `${directory}: expected a folder without a run, got one with run.json`,
    );
  });

  test("does not begin where it was stopped before", async () => {
    const signal = AbortSignal.abort();
    await expect(record({ signal })).rejects.toMatchObject({ name: "AbortError" });
    expect(existsSync(directory)).toBe(false);
  });

  test("trains nothing where it is stopped before the first step", async () => {
    const { controller, trainer } = abortingTrainer();
    await expect(
      recordTraining(options({ signal: controller.signal }), trainer),
    ).rejects.toMatchObject({ name: "AbortError" });
    expect(existsSync(directory)).toBe(false);
  });

  test("needs a folder that can be written", async () => {
    await record();
    const inFile = join(runFiles(directory).record, "run");
    await expect(record({ directory: inFile })).rejects.toThrow(
      `${inFile}: expected an output folder that can be written, got a file that is no folder`,
    );
  });
});

describe("a resumed training", () => {
  test("after a stop, is the one that was never stopped", async () => {
    await record({ directory: join(parent, "whole") });
    const stopped = await record(stopAfter(3));
    expect(stopped.record.state).toBe("stopped");
    expect(stopped.metrics.length).toBe(3);
    const resumed = await record({ resume: true });
    expect(resumed.record.state).toBe("done");
    expect(content(directory)).toEqual(content(join(parent, "whole")));
  });

  test("tells how many epochs there are", async () => {
    await record(stopAfter(3));
    let done: number | undefined;
    await record({ resume: true, onStart: (_, epochsDone) => (done = epochsDone) });
    expect(done).toBe(3);
  });

  test("may have more epochs, not fewer than it has", async () => {
    await record({ epochs: 5, directory: join(parent, "whole") });
    await record();
    const longer = await record({ resume: true, epochs: 5 });
    expect(longer.record).toMatchObject({ spec: { recipe: { epochs: 5 } }, state: "done" });
    expect(content(directory)).toEqual(content(join(parent, "whole")));
    await expect(record({ resume: true, epochs: 4 })).rejects.toThrow(
      `${directory}: expected epochs to be 5 or more, got 4`,
    );
  });

  test.each<[Partial<RecordTrainingOptions>, string | RegExp]>([
    [
      { model: models.cnn },
      /model stn \([0-9a-f]{12}\) to resume this run, got cnn \([0-9a-f]{12}\)/,
    ],
    [{ seed: 8 }, "seed 7 to resume this run, got 8"],
    [{ batchSize: 32 }, "batch size 64 to resume this run, got 32"],
    [{ learningRate: 0.1 }, "learning rate 0.01 to resume this run, got 0.1"],
    [
      { data: { ...emptyData, digest: "fedcba9876543210" } },
      "data empty (0123456789ab) to resume this run, got empty (fedcba987654)",
    ],
  ])("is refused where something else is asked for: %#", async (change, message) => {
    await record(stopAfter(2));
    const before = content(directory);
    await expect(record({ ...change, resume: true })).rejects.toThrow(message);
    expect(content(directory)).toEqual(before);
  });

  test("is refused on an engine that rounds differently", async () => {
    await record(stopAfter(2));
    const { train, ...others } = fakeTrainer(losses);
    const other: typeof train = (trainOptions) =>
      train({
        ...trainOptions,
        onStart: (engine) => trainOptions.onStart?.({ ...engine, build: "mul-add" }),
      });
    await expect(
      recordTraining(options({ resume: true }), { train: other, ...others }),
    ).rejects.toThrow(
      `${directory}: expected engine build relaxed-fma to resume this run, got mul-add here`,
    );
  });

  test("is refused where the metrics are behind the weights", async () => {
    await record(stopAfter(2));
    rmSync(runFiles(directory).metrics);
    const before = readdirSync(directory);
    await expect(record({ resume: true })).rejects.toThrow(
      `${runFiles(directory).metrics}: expected 2 epochs, as in run.json, got 0`,
    );
    expect(readdirSync(directory)).toEqual(before);
  });

  test.each([1, 3])("is refused where the weights of epoch %i are lost", async (epochs) => {
    await record(stopAfter(epochs));
    const { last, metrics } = runFiles(directory);
    rmSync(last);
    const before = readFileSync(metrics, "utf8");
    await expect(record({ resume: true })).rejects.toThrow(
      `${last}: expected the weights of epoch ${epochs} to resume this run, got no such file or folder`,
    );
    expect(readFileSync(metrics, "utf8")).toBe(before);
    expect(existsSync(last)).toBe(false);
  });

  test("leaves the run as it is where it is stopped before its first step", async () => {
    await record(stopAfter(2));
    const before = [content(directory), readRun(directory).record];
    const { controller, trainer } = abortingTrainer();
    await expect(
      recordTraining(options({ resume: true, signal: controller.signal }), trainer),
    ).rejects.toMatchObject({ name: "AbortError" });
    expect([content(directory), readRun(directory).record]).toEqual(before);
  });
});
