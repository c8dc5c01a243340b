import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { recordTraining, type Trainer } from "../../src/runs/record-training.node.js";
import type { RecordTrainingOptions } from "../../src/runs/recording.js";
import { collectRuns } from "../../src/study/collect-runs.node.js";
import { tiny } from "../runs/tiny-run.js";
import { accuracyTrainer, studyData } from "./fake-study.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-collect-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Records a run of one epoch that classifies so many of 100 images correctly. */
async function record(
  name: string,
  correct: number,
  change: Partial<RecordTrainingOptions> = {},
  build: "relaxed-fma" | "mul-add" = "relaxed-fma",
): Promise<void> {
  const { train, ...others } = accuracyTrainer(() => correct).trainerFor(() => 1);
  const trainer: Trainer = {
    ...others,
    train: (options) =>
      train({ ...options, onStart: (engine) => options.onStart?.({ ...engine, build }) }),
  };
  const recipe = { epochs: 1, seed: 0, batchSize: 64, learningRate: 0.01 };
  const directory = join(folder, name);
  await recordTraining({ directory, model: tiny, data: studyData, ...recipe, ...change }, trainer);
}

const collected = (...names: string[]) =>
  collectRuns(names.map((name) => join(folder, name))).map(({ model, seed, outcome }) => [
    ...[model, seed],
    outcome?.result?.correct,
  ]);

describe("runs that are trained", () => {
  test("are grouped by network and recipe, and named by what differs", async () => {
    await record("all/a", 91);
    await record("all/b", 92, { seed: 1 });
    await record("all/c", 93, { learningRate: 0.1, clip: { norm: 1 } });
    expect(collected("all")).toEqual([
      ["tiny (learningRate 0.01, clip.norm none)", 0, 91],
      ["tiny (learningRate 0.01, clip.norm none)", 1, 92],
      ["tiny (learningRate 0.1, clip.norm 1)", 0, 93],
    ]);
  });

  test("count once where the same run is there twice", async () => {
    await record("one/a", 91);
    await record("other/a", 91);
    expect(collected("one", "other/a", "one/a")).toEqual([["tiny", 0, 91]]);
  });

  test("are refused where the same run has another accuracy", async () => {
    await record("one", 91);
    await record("other", 90);
    expect(() => collected("one", "other")).toThrow(
      `${folder}/other: expected 91 images correct, as ${folder}/one, which is the same run, got 90`,
    );
  });

  test("are refused where builds differ", async () => {
    await record("one", 91);
    await record("other", 91, { seed: 1 }, "mul-add");
    expect(() => collected("one", "other")).toThrow(
      /other: expected engine \{"build":"relaxed-fma".*\}, as .*one, got \{"build":"mul-add"/,
    );
  });

  test("are refused where data differ", async () => {
    await record("one", 91);
    await record("other", 91, { data: { ...studyData, digest: "f".repeat(64) } });
    expect(() => collected("one", "other")).toThrow(
      `${folder}/other: expected data empty (0123456789ab), as ${folder}/one, got empty (ffffffffffff)`,
    );
  });

  test("have no accuracy before they are done", async () => {
    await record("one", 91);
    const controller = new AbortController();
    const onEpoch = () => controller.abort();
    await record("stopped", 91, { seed: 1, epochs: 2, onEpoch, signal: controller.signal });
    expect(collected("stopped")).toEqual([["tiny", 1, undefined]]);
  });
});
