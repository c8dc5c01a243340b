import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { classifierNames, digits } from "../../src/index.js";
import { models } from "../../src/models/index.js";
import { type Run, readRun, runFiles, trainRuns } from "../../src/node.js";
import type { RunOptions, RunOutcome } from "../../src/runs/train-runs.node.js";
import { emptyData, fakeTrainer } from "./fake-trainer.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-train-runs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const data = digits({ train: 650, test: 200 });

function options(name: string, change: Partial<RunOptions> = {}): RunOptions {
  const settings = { epochs: 2, seed: 3, batchSize: 64, learningRate: 0.01 };
  return { directory: join(folder, name), model: models.cnn, data, ...settings, ...change };
}

function runOf(outcome: RunOutcome | undefined): Run {
  if (outcome?.status !== "fulfilled") throw outcome?.reason;
  return outcome.value;
}

const bytes = (path: string) => readFileSync(path).toString("base64");

/** What does not depend on when and how fast a run was trained. */
function content(directory: string): unknown {
  const { best, last, views } = runFiles(directory);
  const figures = readRun(directory).metrics.map(({ seconds, imagesPerSecond, ...rest }) => rest);
  return { figures, files: [best, last, views].map(bytes) };
}

describe("runs in parallel", () => {
  test("have the same bits on 1, 2 and 3 threads", async () => {
    const contents = [];
    for (const threads of [1, 2, 3]) {
      const runs = classifierNames.map((model) =>
        options(`${threads}/${model}`, { model: models[model] }),
      );
      const outcomes = await trainRuns({ runs, threads });
      expect(outcomes.map((outcome) => runOf(outcome).record.model)).toEqual(classifierNames);
      contents.push(runs.map(({ directory }) => content(directory)));
    }
    expect(contents[1]).toEqual(contents[0]);
    expect(contents[2]).toEqual(contents[0]);
  });

  test("leave files as a training alone does", async () => {
    const { recordTraining } = await import("../../src/node.js");
    await recordTraining({ ...options("alone"), threads: 2 });
    await trainRuns({ runs: [options("one"), options("other", { seed: 4 })], threads: 2 });
    expect(content(join(folder, "one"))).toEqual(content(join(folder, "alone")));
    expect(content(join(folder, "other"))).not.toEqual(content(join(folder, "alone")));
  });

  test("stop after their epochs, and resume to the same bits", async () => {
    const controller = new AbortController();
    const begun = new Set<number>();
    const stopped = ["a", "b", "c"].map((name, seed) =>
      options(name, {
        seed,
        epochs: 9,
        // The second begins with the first, the third waits for one of them.
        onEpoch: () => begun.add(seed).size === 2 && controller.abort(),
      }),
    );
    const outcomes = await trainRuns({ runs: stopped, threads: 2, signal: controller.signal });
    expect(runOf(outcomes[0]).record.state).toBe("stopped");
    expect(runOf(outcomes[1]).metrics.length).toBeGreaterThan(0);
    // It never began, and leaves nothing.
    expect(outcomes[2]).toEqual({ status: "rejected", reason: controller.signal.reason });
    expect(readdirSync(folder).sort()).toEqual(["a", "b"]);

    const resumed = stopped.map((run) => {
      return { ...run, onEpoch: undefined, resume: existsSync(run.directory) };
    });
    await trainRuns({ runs: resumed, threads: 3 });
    const whole = ["d", "e", "f"].map((name, seed) => options(name, { seed, epochs: 9 }));
    await trainRuns({ runs: whole, threads: 1 });
    resumed.forEach(({ directory }, run) => {
      expect(content(directory)).toEqual(content(whole[run]!.directory));
    });
  });
});

test("the last run gets more threads from its next epoch", async () => {
  const engines: number[] = [];
  const trainerFor = (threads: () => number) => {
    const { train, ...others } = fakeTrainer([3, 2, 1]);
    return {
      ...others,
      train: (async (training) =>
        train({
          ...training,
          onEpoch: async (...epoch) => {
            await training.onEpoch?.(...epoch);
            engines.push(threads());
            await new Promise((resolve) => setTimeout(resolve, 20));
          },
        })) as typeof train,
    };
  };
  const runs = [1, 2, 3].map((epochs) => options(`${epochs}`, { data: emptyData, epochs }));
  await trainRuns({ runs, threads: 4 }, trainerFor);
  // Three runs, then two, then one.
  expect(engines).toEqual([2, 1, 1, 2, 2, 4]);
});

describe("a run that fails", () => {
  test("is reported, and the others are kept", async () => {
    const ended: [number, string][] = [];
    const failing = () => {
      throw new Error("no more");
    };
    const outcomes = await trainRuns({
      runs: [options("bad", { onEpoch: failing }), options("good"), options("wrong", { seed: -1 })],
      threads: 2,
      onEnd: (run, { status }) => ended.push([run, status]),
    });
    expect(outcomes[0]).toEqual({ status: "rejected", reason: new Error("no more") });
    expect(runOf(outcomes[1]).record.state).toBe("done");
    // What was wrong in the worker is an InputError here, too.
    const wrong = outcomes[2] as PromiseRejectedResult;
    expect(wrong.reason).toMatchObject({
      name: "InputError",
      message: "train: expected seed to be a whole number in 0..4294967295, got -1",
    });
    expect(ended.sort()).toEqual([
      [0, "rejected"],
      [1, "fulfilled"],
      [2, "rejected"],
    ]);
    // Its whole epoch is kept; the run without a first step left nothing.
    expect(readRun(join(folder, "bad")).metrics).toHaveLength(1);
    expect(readdirSync(folder).sort()).toEqual(["bad", "good"]);
  });

  test("on data that are not as they say is told as by train", async () => {
    const broken = { ...data, train: { ...data.train, count: 7 } };
    const [outcome] = await trainRuns({ runs: [options("broken", { data: broken })], threads: 1 });
    expect(outcome).toMatchObject({ status: "rejected", reason: { name: "InputError" } });
  });
});

test("threads are a whole number of 1 or more", async () => {
  await expect(trainRuns({ runs: [], threads: 0 })).rejects.toThrow(
    "trainRuns: expected threads to be a whole number of 1 or more, got 0",
  );
});

test("runs are a list", async () => {
  await expect(trainRuns({} as never)).rejects.toThrow(
    "trainRuns: expected runs, a list, got undefined",
  );
});
