import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expandStudy } from "../../src/study/expand.js";
import { parseManifest } from "../../src/study/manifest.js";
import { halvingRungs } from "../../src/study/search/halving.js";
import {
  finalistsOf,
  furtherSeeds,
  judge,
  type SearchPlan,
  searchPlan,
} from "../../src/study/search/judge.js";
import { planLines, plannedPart } from "../../src/study/search/plan-lines.js";
import { type KnownRun, scoresOf } from "../../src/study/search/scores.js";
import type { Search } from "../../src/study/search/search-schema.js";
import { searchLines, searchTable } from "../../src/study/search/search-table.js";
import { epochMetrics } from "../runs/epoch-metrics.js";
import { shortManifest } from "./fake-study.js";

/** A search over so many learning rates. */
function planOf(search: object, { points = 9, seeds = 1, recipe = {} } = {}): SearchPlan {
  const study = parseManifest(
    {
      ...shortManifest,
      models: ["cnn"],
      seeds,
      recipe: { validation: 10, ...recipe },
      grid: { "recipe.learningRate": Array.from({ length: points }, (_, at) => (at + 1) / 1000) },
      search,
    },
    "study.json",
  );
  return searchPlan(study.search as Search, expandStudy(study));
}

const rates = (names: readonly string[] | undefined) =>
  names?.map((name) => Number(name.replace(/^.*=/, "")));

/** What a run would reach after each epoch, and the epoch in which it fails, if it does. */
interface Fate {
  readonly correct: readonly number[];
  readonly fails: number | undefined;
}

/**
 * Trains a search in some order of arrival: `choose` picks one of the runs that may train now, which comes an epoch
 * further. Checks that nothing is ever taken back.
 *
 * @returns what each run came to, and the last state
 */
function trained(
  plan: SearchPlan,
  fates: ReadonlyMap<string, Fate>,
  choose: (count: number) => number,
) {
  const known = new Map<string, KnownRun>();
  const pruned = new Map<string, number>();
  for (;;) {
    const state = judge(plan, known);
    for (const [name, epochs] of pruned) {
      expect(state.standings.get(name)).toEqual({ kind: "prune", epochs });
    }
    for (const [name, standing] of state.standings) {
      if (standing.kind === "prune") pruned.set(name, standing.epochs);
    }
    const ready = plan.configurations.flatMap(({ name, keys }) => {
      const standing = state.standings.get(name)!;
      if (standing.kind !== "train") return [];
      return keys.filter((key) => {
        const run = known.get(key);
        return !run?.failed && (run?.correct.length ?? 0) < standing.until;
      });
    });
    if (ready.length === 0) return { known, state, pruned };
    const key = ready[choose(ready.length)]!;
    const { correct, fails } = fates.get(key)!;
    const done = known.get(key)?.correct.length ?? 0;
    const failed = fails === done + 1;
    known.set(key, { correct: correct.slice(0, failed ? done : done + 1), total: 100, failed });
  }
}

/** Fates by configuration: the score after every epoch. */
function steady(plan: SearchPlan, correct: readonly number[], failing: readonly number[] = []) {
  return new Map(
    plan.configurations.flatMap(({ name, keys }, at) =>
      keys.map((key): [string, Fate] => [
        key,
        {
          correct: new Array<number>(plan.epochsOf.get(name)!).fill(correct[at]!),
          fails: failing.includes(at) ? 1 : undefined,
        },
      ]),
    ),
  );
}

const first = () => 0;
const halving = { kind: "halving", factor: 3, firstEpochs: 1, epochs: 9 } as const;

describe("halving", () => {
  test("has rungs after firstEpochs times powers of the factor, below the whole length", () => {
    const rungs = (options: object, count: number) =>
      halvingRungs({ ...halving, ...options }, count).map(({ epochs, keeps }) => [epochs, keeps]);
    expect(rungs({ epochs: 27 }, 27)).toEqual([
      [1, 9],
      [3, 3],
      [9, 1],
    ]);
    expect(rungs({ epochs: 20, firstEpochs: 2 }, 10)).toEqual([
      [2, 3],
      [6, 1],
      [18, 1],
    ]);
    expect(rungs({ epochs: 9, factor: 2, finalists: 3 }, 8)).toEqual([
      [1, 4],
      [2, 3],
      [4, 3],
      [8, 3],
    ]);
    expect(rungs({ finalists: 5 }, 2)).toEqual([
      [1, 2],
      [3, 2],
    ]);
  });

  test("keeps the best of each rung, the earlier of equals, and trains it to the end", () => {
    const plan = planOf({ ...halving, finalists: 2, seeds: 3 });
    const fates = steady(plan, [10, 50, 40, 50, 20, 30, 50, 5, 6]);
    const { state, pruned, known } = trained(plan, fates, first);
    expect(rates(state.ranking)).toEqual([0.002, 0.004]);
    expect(rates(finalistsOf(plan, state))).toEqual([0.002, 0.004]);
    expect([...pruned.values()].sort()).toEqual([1, 1, 1, 1, 1, 1, 3]);
    const epochs = [...known.values()].map(({ correct }) => correct.length);
    expect(epochs).toEqual([1, 9, 1, 9, 1, 1, 3, 1, 1]);
  });

  test("waits for a rung's last run, and never promotes one that failed", () => {
    const plan = planOf(halving, { points: 3 });
    const one = { correct: [70], total: 100, failed: false };
    const [a, b, c] = plan.configurations.map(({ keys }) => keys[0]!) as [string, string, string];
    const waiting = judge(plan, new Map([[a, one]]));
    expect([...waiting.standings.values()]).toEqual([
      { kind: "wait", for: [b, c] },
      { kind: "train", until: 1 },
      { kind: "train", until: 1 },
    ]);
    const failed = { correct: [], total: 0, failed: true };
    const { standings } = judge(
      plan,
      new Map([a, b, c].map((key, at) => [key, at ? failed : one])),
    );
    expect(plan.configurations.map(({ name }) => standings.get(name))).toEqual([
      { kind: "train", until: 3 },
      { kind: "prune", epochs: 1 },
      { kind: "prune", epochs: 1 },
    ]);
    const all = trained(plan, steady(plan, [1, 2, 3], [0, 1, 2]), first);
    expect(all.state.ranking).toEqual([]);
  });

  test("judges a configuration by all its seeds together", () => {
    const plan = planOf(halving, { points: 3, seeds: 2 });
    const fates = steady(plan, [50, 60, 40]);
    // The second configuration is best with one seed, and bad with the other.
    fates.set(plan.configurations[1]!.keys[1]!, {
      correct: new Array(9).fill(5),
      fails: undefined,
    });
    expect(rates(trained(plan, fates, first).state.ranking)).toEqual([0.001]);
  });
});

describe("median pruning", () => {
  const median = { kind: "median", warmUp: 2, leastRuns: 3 } as const;
  const recipe = { epochs: 4 };

  test("stops what is below the median of the earlier ones that came so far", () => {
    const plan = planOf(median, { points: 6, recipe });
    const { pruned, state } = trained(plan, steady(plan, [50, 10, 60, 49, 50, 55]), first);
    expect(Object.fromEntries(pruned)).toEqual({ "cnn_learningRate=0.004": 2 });
    // Of 50, 10, 60 and 49 the median is 49.5.
    expect(rates(state.ranking)).toEqual([0.003, 0.006, 0.001, 0.005, 0.002]);
  });

  test("lets the first ones run, whatever they reach, and nobody wait for later ones", () => {
    const plan = planOf(median, { points: 6, recipe });
    const known = new Map<string, KnownRun>();
    const keys = plan.configurations.map((each) => each.keys[0]!);
    const set = (at: number, epochs: number) =>
      known.set(keys[at]!, { correct: new Array(epochs).fill(50), total: 100, failed: false });
    set(2, 4);
    set(3, 2);
    set(5, 4);
    const { standings } = judge(plan, known);
    expect([...standings.values()]).toEqual([
      { kind: "train", until: 2 },
      { kind: "train", until: 2 },
      { kind: "train", until: 4 },
      { kind: "wait", for: [keys[0], keys[1]] },
      { kind: "train", until: 2 },
      { kind: "wait", for: [keys[0], keys[1], keys[4]] },
    ]);
  });
});

describe("any order of arrival prunes the same runs", () => {
  const cases = [
    [halving, 9],
    [{ ...halving, factor: 2, finalists: 2, seeds: 2 }, 9],
    [{ kind: "median", warmUp: 1, leastRuns: 2 }, 6],
    [{ kind: "median", warmUp: 3, leastRuns: 4 }, 6],
  ] as const;
  test.each(cases)("of %j", (search, epochs) => {
    const recipe = search.kind === "median" ? { epochs } : {};
    const fate = fc.record({
      correct: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: epochs, maxLength: epochs }),
      fails: fc.option(fc.integer({ min: 1, max: 3 * epochs }), { nil: undefined }),
    });
    const whole = fc.record({
      seeds: fc.integer({ min: 1, max: 2 }),
      points: fc.integer({ min: 1, max: 9 }),
      fates: fc.array(fate, { minLength: 18, maxLength: 18 }),
      picks: fc.array(fc.nat(), { minLength: 1, maxLength: 40 }),
    });
    fc.assert(
      fc.property(whole, ({ seeds, points, fates, picks }) => {
        const plan = planOf(search, { points, seeds, recipe });
        const keys = plan.configurations.flatMap((each) => each.keys);
        const own = new Map(keys.map((key, at): [string, Fate] => [key, fates[at]!]));
        let step = 0;
        const shuffled = trained(plan, own, (count) => picks[step++ % picks.length]! % count);
        const inOrder = trained(plan, own, first);
        expect(shuffled.state).toEqual(inOrder.state);
        expect(new Map([...shuffled.known].sort())).toEqual(new Map([...inOrder.known].sort()));
        expect(inOrder.state.ranking).toBeDefined();
      }),
      { numRuns: 30 },
    );
  });
});

test("a run's score is that of the epoch whose weights are kept", () => {
  const losses = [0.5, 0.4, Number.NaN, 0.6, 0.4, 0.3];
  const metrics = losses.map((validationLoss, at) =>
    epochMetrics(at + 1, { validationLoss, validationCorrect: 90 + at }),
  );
  expect(scoresOf(metrics)).toEqual([90, 91, 91, 91, 91, 95]);
  const diverged = [1, 2].map((epoch) =>
    epochMetrics(epoch, { validationLoss: Number.NaN, validationCorrect: 10 * epoch }),
  );
  expect(scoresOf(diverged)).toEqual([10, 10]);
});

test("finalists get the lowest seeds that did not choose them", () => {
  expect(furtherSeeds(4, [0, 2])).toEqual([1, 3, 4, 5]);
  expect(furtherSeeds(3, [7])).toEqual([0, 1, 2]);
});

test("what will be done is said before, and how far it came afterwards", () => {
  const plan = planOf({ ...halving, finalists: 2, seeds: 10 });
  expect(planLines(plan)).toEqual([
    "rung 1: 9 configurations until epoch 1, 3 kept",
    "rung 2: 3 configurations until epoch 3, 2 kept",
    "to the end: 2 configurations until epoch 9",
    "finalists: 2 × 10 further seeds, which alone are compared",
  ]);
  // 9 + 3 · 2 + 2 · 6 epochs, and 20 runs of 9, where all would be 9 · 9.
  expect(plannedPart(plan)).toBeCloseTo((27 + 180) / 81, 12);

  const fates = steady(plan, [10, 50, 40, 50, 20, 30, 50, 5, 6], [7]);
  const { known, state } = trained(plan, fates, first);
  const rows = searchTable(plan, state, known);
  expect(
    rows.map(({ configuration, fate, epochs, accuracy }) => [
      ...rates([configuration])!,
      ...[fate, epochs, accuracy],
    ]),
  ).toEqual([
    [0.002, "finalist", 9, 0.5],
    [0.004, "finalist", 9, 0.5],
    [0.007, "pruned", 3, 0.5],
    [0.003, "pruned", 1, 0.4],
    [0.006, "pruned", 1, 0.3],
    [0.005, "pruned", 1, 0.2],
    [0.001, "pruned", 1, 0.1],
    [0.009, "pruned", 1, 0.06],
    [0.008, "failed", 1, undefined],
  ]);
  expect(rows[2]!.rungs).toEqual([
    { epochs: 1, accuracy: 0.5 },
    { epochs: 3, accuracy: 0.5 },
  ]);
  expect(searchLines(plan, rows)).toEqual([
    "search by halving, 9 configurations: 2 trained to the end, 6 pruned, 1 failed",
    "  rung after 1 epoch: 9 of 9 there, 3 kept",
    "  rung after 3 epochs: 3 of 3 there, 2 kept",
    "  best: cnn_learningRate=0.002, 50.00 % of the images held out after 9 epochs",
  ]);
});
