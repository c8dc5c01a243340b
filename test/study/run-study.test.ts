import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { takeClaim } from "../../src/files/claim.node.js";
import { MachineFault } from "../../src/files/file-problem.js";
import { recordTraining as record } from "../../src/runs/record-training.node.js";
import { readRun } from "../../src/runs/run-folder.node.js";
import { outcomesAt } from "../../src/study/at-epoch.node.js";
import type { StudyManifest } from "../../src/study/manifest.js";
import { compareResults, scoredRuns, studyResults } from "../../src/study/results.js";
import { type RunStudyOptions, runStudy } from "../../src/study/run-study.node.js";
import {
  claimFile,
  readOutcomes,
  readStudy,
  type StudyFolder,
  studyFiles,
  studyRunFolder,
} from "../../src/study/study-folder.node.js";
import { failAt, restoreOperations } from "../files/faults.js";
import { accuracyTrainer, beginFake, type CorrectOf, studyData } from "./fake-study.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-study-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writing a file may take a second where others write. */
const pace = { beat: 20, patience: 2000, look: 10 };

async function train(
  study: StudyFolder,
  correctOf: CorrectOf = (_, seed) => 90 + seed,
  options: Partial<RunStudyOptions> = {},
) {
  const { trainerFor, begun } = accuracyTrainer(correctOf);
  const all = { folder: study, data: studyData, threads: 2, ...options };
  return { outcomes: await runStudy(all, trainerFor, pace), begun };
}

/** Accuracies by key; the kind of the outcome where there is none. */
const accuracies = (outcomes: Awaited<ReturnType<typeof train>>["outcomes"]) =>
  Object.fromEntries(
    [...outcomes].map(([key, { outcome, result }]) => [key, result?.correct ?? outcome]),
  );

describe("a study", () => {
  test("trains each run once, and does nothing when it is started again", async () => {
    const study = await beginFake(folder);
    const first = await train(study);
    expect(first.begun.sort()).toEqual(["cnn 0", "cnn 1", "stn 0", "stn 1"]);
    expect(accuracies(first.outcomes)).toEqual({
      cnn_seed0: 90,
      stn_seed0: 90,
      cnn_seed1: 91,
      stn_seed1: 91,
    });
    expect(readRun(studyRunFolder(folder, "stn_seed1")).record).toMatchObject({
      model: "stn",
      spec: { seed: 1, recipe: { epochs: 2 } },
      state: "done",
    });
    expect(readdirSync(studyFiles(folder).claims)).toEqual([]);

    const text = readFileSync(studyFiles(folder).record, "utf8");
    const again = await train(await beginFake(folder));
    expect(again.begun).toEqual([]);
    expect(again.outcomes).toEqual(first.outcomes);
    expect(readFileSync(studyFiles(folder).record, "utf8")).toBe(text);
  });

  test("is judged by the last epoch, not by the best on the test images", async () => {
    const { outcomes } = await train(
      await beginFake(folder),
      (_, __, epoch) => [95, 80][epoch - 1]!,
    );
    expect(outcomes.get("cnn_seed0")).toMatchObject({
      result: { selection: "last epoch", correct: 80 },
    });
  });

  test("records runs that fail and collapse, and goes on", async () => {
    const ended: string[] = [];
    const { outcomes } = await train(
      await beginFake(folder),
      (model, seed) => {
        if (model === "cnn" && seed === 0) throw new Error("out of luck\nsecond line");
        return model === "stn" && seed === 1 ? 10 : 90;
      },
      { onEnd: ({ key }, outcome) => ended.push(`${key} ${outcome?.outcome}`) },
    );
    expect(accuracies(outcomes)).toEqual({
      cnn_seed0: "failed",
      stn_seed0: 90,
      cnn_seed1: 90,
      stn_seed1: 10,
    });
    expect(outcomes.get("cnn_seed0")).toEqual({
      ...{ format: 1, key: "cnn_seed0", outcome: "failed", reason: "out of luck" },
    });
    expect(outcomes.get("stn_seed1")).toMatchObject({ outcome: "collapsed" });
    expect(ended.sort()).toEqual([
      "cnn_seed0 failed",
      "cnn_seed1 done",
      "stn_seed0 done",
      "stn_seed1 collapsed",
    ]);

    const { models, leftOut } = studyResults(scoredRuns(readStudy(folder).runs, outcomes));
    expect(models).toEqual([
      { model: "cnn", seeds: [1], values: [90], collapsed: 0 },
      { model: "stn", seeds: [1], values: [10], collapsed: 1 },
    ]);
    expect(leftOut).toEqual([
      "cnn, seed 0: failed: out of luck",
      "stn: seed 0 left out, as another model has no accuracy for it",
    ]);
  });

  test("stops its runs at an epoch, compares them there, and goes on to what it would have been", async () => {
    const correctOf: CorrectOf = (model, seed, epoch) =>
      80 + 4 * epoch + seed - (model === "cnn" ? 1 : 0);
    const epochs = { recipe: { epochs: 4 } };
    const whole = join(folder, "whole");
    const undisturbed = await train(await beginFake(whole, epochs), correctOf);
    const study = await beginFake(join(folder, "early"), epochs);
    const early = await train(study, correctOf, { untilEpoch: 2 });
    expect(early.begun).toHaveLength(4);
    expect(early.outcomes.size).toBe(0);
    expect(readdirSync(studyFiles(study.directory).claims)).toEqual([]);
    expect(accuracies(outcomesAt(study, 2))).toEqual({
      ...{ cnn_seed0: 87, cnn_seed1: 88, stn_seed0: 88, stn_seed1: 89 },
    });
    expect(outcomesAt(study, 3).size).toBe(0);
    expect((await train(study, correctOf, { untilEpoch: 2 })).begun).toEqual([]);
    expect((await train(study, correctOf, { untilEpoch: 3 })).begun).toHaveLength(4);
    expect((await train(study, correctOf)).outcomes).toEqual(undisturbed.outcomes);
    // Ended runs stand at an early epoch as they stood then.
    expect(outcomesAt(study, 2)).toEqual(outcomesAt(readStudy(whole), 2));
    // An epoch beyond the last is no limit.
    const longer = await beginFake(join(folder, "longer"), epochs);
    expect((await train(longer, correctOf, { untilEpoch: 9 })).outcomes.size).toBe(4);
  });

  test("near chance at an epoch counts as collapsed there, as in a study that is so long", async () => {
    const study = await beginFake(folder, { recipe: { epochs: 30 } });
    const correctOf: CorrectOf = (_, seed, epoch) => (seed === 1 && epoch > 2 ? 10 : 90);
    await train(study, correctOf, { untilEpoch: 6 });
    const kinds = [...outcomesAt(study, 6)].map(([key, { outcome }]) => [key, outcome]);
    expect(Object.fromEntries(kinds)).toEqual({
      ...{ cnn_seed0: "done", cnn_seed1: "collapsed", stn_seed0: "done", stn_seed1: "collapsed" },
    });
  });

  test("has no accuracy on the test images at an epoch where runs hold out images", async () => {
    const recipe = { epochs: 2, validation: 3 };
    const study = await beginFake(folder, { recipe });
    expect(() => outcomesAt(study, 1)).toThrow(
      "expected runs that are validated on the test images, to compare them at an epoch, got cnn_seed0, which holds out images",
    );
  });

  test("tries failed runs again only when asked to", async () => {
    const study = await beginFake(folder);
    await train(study, (_, seed) => {
      if (seed === 1) throw new Error("no");
      return 90;
    });
    expect((await train(study)).begun).toEqual([]);
    const { outcomes, begun } = await train(study, undefined, { retryFailed: true });
    expect(begun.sort()).toEqual(["cnn 1", "stn 1"]);
    expect([...outcomes.values()].every(({ outcome }) => outcome === "done")).toBe(true);
  });

  test("stops after the epochs that run, and continues after them", async () => {
    const study = await beginFake(folder, { recipe: { epochs: 3 }, seeds: 3 });
    const controller = new AbortController();
    const stop = () => controller.abort();
    const stopped = await train(study, undefined, {
      threads: 1,
      signal: controller.signal,
      onEpoch: stop,
    });
    expect(stopped.outcomes.size).toBe(0);
    expect(readdirSync(studyFiles(folder).runs)).toEqual(["cnn_seed0"]);
    expect(readRun(studyRunFolder(folder, "cnn_seed0")).metrics).toHaveLength(1);
    expect(readdirSync(studyFiles(folder).claims)).toEqual([]);
    const { outcomes } = await train(study);
    expect(outcomes.size).toBe(6);
    expect(readRun(studyRunFolder(folder, "cnn_seed0")).metrics).toHaveLength(3);
  });

  test("ends where an outcome cannot be written, and not with fewer outcomes", async () => {
    const study = await beginFake(folder);
    // A folder where the file should be.
    const { trainerFor } = accuracyTrainer(() => {
      rmSync(studyFiles(folder).outcomes, { recursive: true, force: true });
      writeFileSync(studyFiles(folder).outcomes, "");
      return 90;
    });
    await expect(
      runStudy({ folder: study, data: studyData, threads: 1 }, trainerFor, pace),
    ).rejects.toThrow(/outcomes/);
    expect(readdirSync(studyFiles(folder).claims)).toEqual([]);
  });

  test.each(["ENOSPC", "EIO", "EMFILE"])(
    "ends at %s, which is no outcome of a run, and is resumed when the machine is well",
    async (code) => {
      const study = await beginFake(folder, { seeds: 3 });
      const sick = new Set(["cnn_seed1", "stn_seed0"]);
      const recordTraining: typeof record = (options, trainerFor) => {
        if (sick.has(basename(options.directory))) failAt(0, code, { names: ["writeSync"] });
        return record(options, trainerFor).finally(restoreOperations);
      };
      const { trainerFor } = accuracyTrainer(() => 90);
      const options = { folder: study, data: studyData, threads: 1 };
      await expect(runStudy(options, trainerFor, pace, recordTraining)).rejects.toThrow(
        MachineFault,
      );
      const outcomes = [...readOutcomes(study).values()].map(({ outcome }) => outcome);
      expect(outcomes).toEqual(["done"]);
      expect(readdirSync(studyFiles(folder).claims)).toEqual([]);
      const whole = await train(study);
      expect([...whole.outcomes.values()].map(({ outcome }) => outcome)).toEqual(
        Array(6).fill("done"),
      );
    },
  );

  test("refuses other data", async () => {
    const data = { ...studyData, name: "other", digest: "f".repeat(64) };
    await expect(train(await beginFake(folder), undefined, { data })).rejects.toThrow(
      `${folder}: expected its data empty (0123456789ab), got other (ffffffffffff)`,
    );
  });
});

describe("the folder of a study that changes", () => {
  const refused: [string, Partial<StudyManifest>, string][] = [
    ["a recipe", { recipe: { epochs: 9 } }, "recipe.epochs 2, as its study.json has it, got 9"],
    ["fewer seeds", { seeds: 1 }, "seeds [0,1], as its study.json has it, got [0]"],
    [
      "another model",
      { models: ["cnn", "mha"] },
      'models.1.name "stn", as its study.json has it, got "mha"',
    ],
    [
      "a grid",
      { grid: { "recipe.batchSize": [32] } },
      "grid.recipe.batchSize nothing, as its study.json has it, got [32]",
    ],
  ];
  test.each(refused)("in %s is refused, also as an extension", async (_, change, message) => {
    await beginFake(folder);
    for (const extend of [false, true]) {
      await expect(beginFake(folder, change, extend)).rejects.toThrow(
        `${folder}: expected ${message}`,
      );
    }
  });

  test("in its network is refused", async () => {
    const { networks } = await beginFake(folder, { models: ["cnn"] });
    const { tiny } = await import("../runs/tiny-run.js");
    const { askedStudy } = await import("./fake-study.js");
    const { beginStudy } = await import("../../src/study/study-folder.node.js");
    const asked = askedStudy({ models: ["cnn"] });
    const graph = tiny.build({ ...studyData, rows: 35, columns: 35 }).graph;
    const other = new Map([["cnn", { ...networks.get("cnn")!, graph }]]);
    await expect(beginStudy(folder, { ...asked, networks: other }, true)).rejects.toThrow(
      /expected network of cnn [0-9a-f]{12}, as its study\.json has it, got [0-9a-f]{12}/,
    );
  });

  test("by more runs is refused, and taken as an extension, whose old runs stay", async () => {
    const grid = { "recipe.batchSize": [32] };
    await train(await beginFake(folder, { grid }));
    const more = {
      models: ["cnn", "mha", "stn"],
      seeds: 3,
      grid: { "recipe.batchSize": [16, 32] },
    } as const;
    const change = { ...more, models: [...more.models], grid: { "recipe.batchSize": [16, 32] } };
    await expect(beginFake(folder, change)).rejects.toThrow(/as its study\.json has it/);
    const { begun, outcomes } = await train(await beginFake(folder, change, true));
    expect(outcomes.size).toBe(3 * 3 * 2);
    expect(begun).toHaveLength(18 - 4);
  });

  test("in words for people alone is the same", async () => {
    await beginFake(folder);
    await expect(
      beginFake(folder, { name: "Night shift", baseline: "cnn" }),
    ).resolves.toBeDefined();
  });

  test("into one with other files is refused", async () => {
    writeFileSync(join(folder, "notes.txt"), "");
    await expect(beginFake(folder)).rejects.toThrow(
      `${folder}: expected a folder of a study, or an empty one, got one with notes.txt`,
    );
  });
});

test("a study.json that was edited is refused", async () => {
  await beginFake(folder);
  const { record } = studyFiles(folder);
  writeFileSync(record, readFileSync(record, "utf8").replace('"epochs": 2', '"epochs": 3'));
  expect(() => readStudy(folder)).toThrow(/study\.json: expected content with checksum/);
});

describe("several schedulers on one folder", () => {
  test("share the runs, each trained once", async () => {
    const study = await beginFake(folder, { seeds: 6 });
    const slowly: CorrectOf = () => 90;
    const elsewhere: string[] = [];
    const options = { threads: 1, onElsewhere: ({ key }: { key: string }) => elsewhere.push(key) };
    const all = await Promise.all([1, 2, 3].map(() => train(study, slowly, options)));
    const begun = all.flatMap((one) => one.begun);
    expect(new Set(begun).size).toBe(12);
    expect(begun).toHaveLength(12);
    for (const { outcomes } of all) expect(outcomes.size).toBe(12);
    expect(new Set(elsewhere).size).toBeGreaterThan(0);
  });

  test("wait for a process of another host while it beats, and take over when it is silent", async () => {
    const study = await beginFake(folder, { seeds: 1 });
    const path = claimFile(folder, "cnn_seed0");
    takeClaim(path);
    const far = readFileSync(path, "utf8").replace(/"host": "[^"]*"/, '"host": "elsewhere"');
    writeFileSync(path, far);
    let beats = 0;
    const beating = setInterval(() => {
      beats++;
      if (beats < 10) utimesSync(path, new Date(), new Date(Date.now() + beats * 1000));
    }, 20);
    const waits: number[] = [];
    const { outcomes } = await train(study, undefined, { onWait: (runs) => waits.push(runs) });
    clearInterval(beating);
    expect(beats).toBeGreaterThanOrEqual(10);
    expect(waits).toEqual([1]);
    expect(outcomes.size).toBe(2);
  });

  test("take over at once from a process of this host that has ended", async () => {
    const study = await beginFake(folder, { seeds: 1 });
    const path = claimFile(folder, "cnn_seed0");
    takeClaim(path);
    writeFileSync(
      path,
      readFileSync(path, "utf8").replace(`"pid": ${process.pid}`, `"pid": ${2 ** 22 + 1}`),
    );
    const waits: number[] = [];
    const { outcomes } = await train(study, undefined, { onWait: (runs) => waits.push(runs) });
    expect({ waits, size: outcomes.size }).toEqual({ waits: [], size: 2 });
  });

  test("leave a run to the process that took it over", async () => {
    const study = await beginFake(folder, { seeds: 1, models: ["cnn"] });
    const path = claimFile(folder, "cnn_seed0");
    let times = 0;
    const { outcomes } = await train(study, () => {
      times++;
      if (times === 2) {
        // Another process has it now, which ends without an outcome.
        rmSync(path);
        takeClaim(path);
        const taken = readFileSync(path, "utf8").replace(
          `"pid": ${process.pid}`,
          `"pid": ${2 ** 22 + 1}`,
        );
        writeFileSync(path, taken);
      }
      return 90;
    });
    // Trained to its end here, but the outcome is written only when the run is this process's again.
    expect(accuracies(outcomes)).toEqual({ cnn_seed0: 90 });
    expect(existsSync(path)).toBe(false);
  });

  test("show that they are alive by the time of their claims", async () => {
    const path = join(folder, "claim.json");
    const claim = takeClaim(path)!;
    utimesSync(path, new Date(0), new Date(0));
    claim.beat();
    expect(statSync(path).mtimeMs).toBeGreaterThan(Date.now() - 10_000);
    expect(takeClaim(path)).toBeUndefined();
    claim.release();
    expect(existsSync(path)).toBe(false);
  });
});

describe("a comparison by the scheduler", () => {
  /** Deterministic noise of −3..3 images. */
  const noise = (model: string, seed: number) => {
    const value = Math.sin(seed * 12.9898 + model.length * 78.233) * 43758.5453;
    return Math.floor((value - Math.floor(value)) * 7) - 3;
  };

  test("finds a planted difference", async () => {
    const study = await beginFake(folder, {
      models: ["cnn", "stn", "coordconv-stn"],
      seeds: 10,
      recipe: { epochs: 1 },
    });
    const { outcomes } = await train(study, (model, seed) =>
      Math.round(80 + noise(model, seed) / 2 + (model === "stn" ? 8 : 0)),
    );
    const { pairs } = compareResults(studyResults(scoredRuns(study.runs, outcomes)));
    expect(pairs.map(({ a, b, verdict }) => [a, b, verdict])).toEqual([
      ["cnn", "stn", "b"],
      ["cnn", "coordconv-stn", "not settled"],
      ["stn", "coordconv-stn", "a"],
    ]);
  });

  test("with a baseline is of its pairs alone, at each point of the grid", async () => {
    const grid = { "recipe.batchSize": [8, 16] };
    const change = {
      models: ["cnn", "stn", "mha"],
      seeds: 4,
      grid,
      baseline: "stn",
      recipe: { epochs: 1 },
    };
    const study = await beginFake(folder, change);
    const { outcomes } = await train(study, (model, seed) => 80 + noise(model, seed));
    const { baselinePairs } = await import("../../src/study/results.js");
    const isCompared = baselinePairs(
      study.runs.map(({ variant }) => variant),
      "stn",
    );
    const { pairs } = compareResults(studyResults(scoredRuns(study.runs, outcomes)), isCompared);
    expect(pairs.map(({ a, b }) => `${a} ${b}`)).toEqual([
      "cnn_batchSize=8 stn_batchSize=8",
      "cnn_batchSize=16 stn_batchSize=16",
      "stn_batchSize=8 mha_batchSize=8",
      "stn_batchSize=16 mha_batchSize=16",
    ]);
    // Holm's correction is for four pairs.
    const least = Math.min(...pairs.map(({ p }) => p!));
    expect(Math.min(...pairs.map(({ pHolm }) => pHolm!))).toBeCloseTo(Math.min(1, 4 * least), 12);
  });
});

test("runs that are not trained yet are left out, seed by seed", async () => {
  const study = await beginFake(folder, { seeds: 3 });
  const runs = study.runs.slice(0, 5);
  await train(study, (_, seed) => 90 + seed, { runs });
  const { models, leftOut, selection } = studyResults(scoredRuns(study.runs, readOutcomes(study)));
  expect(selection).toBe("last epoch");
  expect(models.map(({ seeds, values }) => [seeds, values])).toEqual([
    [
      [0, 1],
      [90, 91],
    ],
    [
      [0, 1],
      [90, 91],
    ],
  ]);
  expect(leftOut).toEqual([
    "stn: 1 run not ended",
    "cnn: seed 2 left out, as another model has no accuracy for it",
  ]);
});
