import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digits } from "../../src/index.js";
import { readRun, recordTraining, runSpecDigest, trainRuns } from "../../src/node.js";
import type { RecordTrainingOptions } from "../../src/runs/recording.js";
import { runFiles } from "../../src/runs/run-folder.node.js";
import { recipes } from "../train/recipes.js";
import { figures } from "./figures.js";
import { changeByte, contentOf, recordTiny, stateful, stopAfter, tiny } from "./tiny-run.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-recipes-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const data = digits({ train: 100, test: 40 });

const options = (name: string, change: Partial<RecordTrainingOptions>): RecordTrainingOptions => ({
  ...{ directory: join(folder, name), model: tiny, data, epochs: 3, seed: 1 },
  ...{ batchSize: 32, learningRate: 0.01, threads: 1 },
  ...change,
});

describe.each(Object.entries(recipes))("%s", (name, recipe) => {
  it("ends with the same files after a stop, and in a worker", async () => {
    const whole = await recordTraining(options(`${name} whole`, recipe));
    const parts = options(`${name} parts`, { ...recipe, threads: 2 });
    const stopped = await recordTraining({ ...parts, ...stopAfter(1) });
    expect(stopped.record.state).toBe("stopped");
    const resumed = await recordTraining({ ...parts, resume: true });
    const [worker] = await trainRuns({ runs: [options(`${name} worker`, recipe)], threads: 1 });
    if (worker?.status !== "fulfilled") throw worker?.reason;
    for (const run of [resumed, worker.value]) {
      expect(contentOf(run.directory).slice(1)).toEqual(contentOf(whole.directory).slice(1));
      expect(figures(run.metrics)).toEqual(figures(whole.metrics));
      expect(run.record.digest).toBe(whole.record.digest);
    }
    expect(runSpecDigest(readRun(whole.directory).record.spec)).toBe(whole.record.digest);
  });
});

describe("a run with a state", () => {
  it("goes on from the state of its own epoch alone", async () => {
    const directory = join(folder, "state");
    await recordTiny(directory, { ...stateful, ...stopAfter(1) });
    const { state } = runFiles(directory);
    copyFileSync(state, join(folder, "state of epoch 1"));
    await recordTiny(directory, { ...stateful, resume: true, ...stopAfter(2) });
    const own = readFileSync(state);
    const resume = () => recordTiny(directory, { ...stateful, resume: true });
    copyFileSync(join(folder, "state of epoch 1"), state);
    await expect(resume()).rejects.toThrow(
      /state\.safetensors: expected the file that its run wrote/,
    );
    writeFileSync(state, own);
    changeByte(state, own.length - 1);
    await expect(resume()).rejects.toThrow(
      /state\.safetensors: expected the file that its run wrote/,
    );
    rmSync(state);
    await expect(resume()).rejects.toThrow(
      /state\.safetensors: expected the state of this run, to resume it, got no such file or folder/,
    );
    writeFileSync(state, own);
    expect((await resume()).record.state).toBe("done");
  });

  it("is resumed with its recipe alone", async () => {
    const directory = join(folder, "recipe");
    await recordTiny(directory, { ...stateful, ...stopAfter(1) });
    await expect(recordTiny(directory, { resume: true })).rejects.toThrow(
      /: expected optimizer \{"betas":\[0\.9,0\.999\],.*\} to resume this run, got the default/,
    );
    const other = { ...stateful, ema: { decay: 0.6 } };
    await expect(recordTiny(directory, { ...other, resume: true })).rejects.toThrow(
      'expected ema {"decay":0.5} to resume this run, got {"decay":0.6}',
    );
  });

  it("has the length that its schedule was made for", async () => {
    const directory = join(folder, "length");
    const schedule = { kind: "cosine" } as const;
    await recordTiny(directory, { schedule, ...stopAfter(1) });
    await expect(recordTiny(directory, { schedule, epochs: 6, resume: true })).rejects.toThrow(
      "expected epochs of its cosine schedule 3 to resume this run, got 6",
    );
  });
});
