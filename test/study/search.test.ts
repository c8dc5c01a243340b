import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readRun } from "../../src/runs/run-folder.node.js";
import { collectRuns } from "../../src/study/collect-runs.node.js";
import type { StudyManifest } from "../../src/study/manifest.js";
import { type RunStudyOptions, runStudy } from "../../src/study/run-study.node.js";
import { knownRuns } from "../../src/study/search/search-progress.node.js";
import {
  outcomeFile,
  readStudy,
  type StudyFolder,
  studyFiles,
  studyRunFolder,
} from "../../src/study/study-folder.node.js";
import { Killed, killAt, restoreOperations, withoutFlushing } from "../files/faults.js";
import { contentOf } from "../runs/tiny-run.js";
import { type HeldOutCorrect, searchManifest, searchTrainer } from "./fake-search.js";
import { beginFake, orphan, studyData } from "./fake-study.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-search-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(withoutFlushing);
afterEach(restoreOperations);

const pace = { beat: 1000, patience: 2000, look: 5 };

/** Grows with the epochs; which rate is best changes on the way. */
const usual: HeldOutCorrect = (rate, seed, epoch) =>
  Math.floor(25 + 12 * Math.sin(rate * 3571 + epoch / 3) + epoch + (seed % 3));

async function train(
  directory: string,
  change: Partial<StudyManifest>,
  options: Partial<RunStudyOptions> = {},
  correctOf: HeldOutCorrect = usual,
) {
  const study = await beginFake(directory, change);
  const { trainerFor, begun } = searchTrainer(correctOf);
  const all = { folder: study, data: studyData, threads: 1, ...options };
  return { study, begun, outcomes: await runStudy(all, trainerFor, pace) };
}

/** All that a search leaves and that may not depend on processes, threads and kills. */
function contentOfSearch(directory: string): unknown {
  const study = readStudy(directory);
  return {
    claims: readdirSync(studyFiles(directory).claims),
    folders: readdirSync(studyFiles(directory).runs).sort(),
    runs: knownRuns(study).map(({ key }) => [
      readFileSync(outcomeFile(directory, key), "utf8"),
      contentOf(studyRunFolder(directory, key)),
    ]),
  };
}

const epochsOf = ({ directory, runs }: StudyFolder) =>
  runs.map(({ key }) => readRun(studyRunFolder(directory, key)).metrics.length);

const searches: [string, Partial<StudyManifest>][] = [
  [
    "halving",
    searchManifest({
      kind: "halving",
      factor: 3,
      firstEpochs: 1,
      epochs: 9,
      finalists: 2,
      seeds: 2,
    }),
  ],
  [
    "median",
    searchManifest(
      { kind: "median", warmUp: 1, leastRuns: 3, finalists: 1, seeds: 2 },
      {
        points: 7,
        recipe: { epochs: 5 },
      },
    ),
  ],
];

describe("a search by halving", () => {
  const [, change] = searches[0]!;

  test("stops runs at its rungs, resumes those that it keeps, and compares finalists by further seeds", async () => {
    // The higher the rate, the better, but for one that fails.
    const correctOf: HeldOutCorrect = (rate, _, epoch) => {
      if (rate === 0.007) throw new Error("no luck");
      return Math.round(rate * 2000 + epoch);
    };
    const directory = join(folder, "rungs");
    const { study, outcomes, begun } = await train(directory, change, {}, correctOf);
    const rateOf = (key: string) => Number(/=([\d.]+)_/.exec(key)![1]);
    const kinds = study.runs.map(({ key }) => [rateOf(key), outcomes.get(key)!.outcome]);
    expect(kinds).toEqual([
      ...[1, 2, 3, 4, 5, 6].map((at) => [at / 1000, "pruned"]),
      [0.007, "failed"],
      [0.008, "done"],
      [0.009, "done"],
    ]);
    expect(outcomes.get("cnn_learningRate=0.006_seed0")).toEqual({
      ...{ format: 1, key: "cnn_learningRate=0.006_seed0", outcome: "pruned" },
      pruned: { epochs: 3, correct: 15, total: 50 },
    });
    // Resumed where it stopped. It was the last one at the first rung, and went on.
    expect(begun.filter(([rate]) => rate === 0.009)).toEqual([
      [0.009, 0, 0],
      [0.009, 0, 3],
      [0.009, 1, 0],
      [0.009, 2, 0],
    ]);
    const pruned = readRun(studyRunFolder(directory, "cnn_learningRate=0.006_seed0"));
    expect(pruned.record).toMatchObject({ state: "stopped", spec: { recipe: { epochs: 9 } } });
    expect(pruned.record.test).toBeUndefined();

    const compared = collectRuns([directory]).map(({ model, seed }) => [model, seed]);
    expect(compared).toEqual([
      ["cnn_learningRate=0.009", 1],
      ["cnn_learningRate=0.009", 2],
      ["cnn_learningRate=0.008", 1],
      ["cnn_learningRate=0.008", 2],
    ]);
    expect((await train(directory, change)).begun).toEqual([]);
  });

  test("does not try failed runs again, as it has gone on without them", async () => {
    await expect(train(join(folder, "retry"), change, { retryFailed: true })).rejects.toThrow(
      /retry: expected failed runs to be left as they are, as the search has gone on without them, got a second try/,
    );
  });

  test("may only get more seeds of its finalists later", async () => {
    const directory = join(folder, "change");
    await beginFake(directory, change);
    const other = (search: object) => ({ ...change, search: { ...change.search!, ...search } });
    const more = other({ seeds: 4 }) as Partial<StudyManifest>;
    for (const wrong of [other({ factor: 2 }), other({ finalists: 3 }), { ...change, seeds: 2 }]) {
      await expect(beginFake(directory, wrong as Partial<StudyManifest>, true)).rejects.toThrow(
        /as its study\.json has it/,
      );
    }
    await expect(beginFake(directory, more)).rejects.toThrow(
      "expected search.seeds 2, as its study.json has it, got 4",
    );
    expect((await beginFake(directory, more, true)).record.study.search).toMatchObject({
      seeds: 4,
    });
  });
});

describe.each(searches)("a search by %s ends the same", (name, change) => {
  let whole: unknown;
  beforeAll(async () => {
    withoutFlushing();
    const directory = join(folder, `${name}-whole`);
    const { study } = await train(directory, change);
    whole = contentOfSearch(directory);
    // It prunes something, or this would show nothing.
    expect(new Set(epochsOf(study)).size).toBeGreaterThan(2);
  });

  test.each([2, 3, 8])("with %i runs at a time", async (threads) => {
    const directory = join(folder, `${name}-${threads}`);
    await train(directory, change, { threads });
    expect(contentOfSearch(directory)).toEqual(whole);
  });

  test("by three schedulers on one folder", async () => {
    const directory = join(folder, `${name}-shared`);
    await beginFake(directory, change);
    const all = await Promise.all(
      [1, 2, 1].map((threads) => train(directory, change, { threads })),
    );
    expect(contentOfSearch(directory)).toEqual(whole);
    expect(all.filter(({ begun }) => begun.length > 0).length).toBeGreaterThan(1);
    for (const { outcomes } of all) expect(outcomes).toEqual(all[0]!.outcomes);
  });

  test("after a stop at any epoch", async () => {
    const directory = join(folder, `${name}-stopped`);
    let left = 3;
    for (let starts = 0; ; starts++) {
      const stop = new AbortController();
      const onEpoch = () => {
        if (--left === 0) stop.abort();
      };
      await train(directory, change, { threads: 2, signal: stop.signal, onEpoch });
      if (!stop.signal.aborted) break;
      left = 1 + (starts % 4);
    }
    expect(contentOfSearch(directory)).toEqual(whole);
  });
});

test.each([
  ["halving", { kind: "halving", factor: 3, epochs: 2, finalists: 1, seeds: 2 }],
  ["median", { kind: "median", leastRuns: 1 }],
])(
  "a search by %s that is killed at any operation becomes the one that never was",
  async (name, search) => {
    const change = searchManifest(search, {
      points: 3,
      recipe: search.kind === "median" ? { epochs: 2 } : {},
    });
    const directory = join(folder, `${name}-killed`);
    const count = killAt(Number.POSITIVE_INFINITY);
    await train(directory, change);
    const operations = count();
    const whole = contentOfSearch(directory);
    const kills = 8;
    for (let kill = 0; kill < kills; kill++) {
      rmSync(directory, { recursive: true });
      killAt(Math.floor(((kill + 0.5) / kills) * operations), kill % 2 === 0 ? "middle" : "before");
      const error: unknown = await train(directory, change).catch((reason: unknown) => reason);
      restoreOperations();
      withoutFlushing();
      expect(error).toBeInstanceOf(Killed);
      orphan(directory);
      await train(directory, change);
      expect(contentOfSearch(directory)).toEqual(whole);
    }
  },
);
