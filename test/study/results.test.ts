import { describe, expect, test } from "vitest";
import type { Outcome } from "../../src/study/outcome.js";
import { compareResults, type ScoredRun, studyResults } from "../../src/study/results.js";
import { allDecided, Decisions, decidedComparison } from "../../src/study/until-decided.js";
import { pairSentence, sequentialSentence } from "../../src/study/verdict-text.js";

const total = 10_000;

function outcome(correct: number, change: Partial<NonNullable<Outcome["result"]>> = {}): Outcome {
  const spec = "a".repeat(64);
  const result = { spec, epochs: 1, selection: "last epoch", correct, total, ...change } as const;
  return { format: 1, key: "", outcome: "done", result };
}

/** Numbers in 0..1, always the same. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Runs of two models whose accuracies have a deviation of about 10 images. */
function runs(seeds: number, difference: number, random: () => number): ScoredRun[] {
  const noise = () => Math.round((random() + random() + random() + random() - 2) * 17);
  return Array.from({ length: seeds }, (_, seed) => [
    { model: "a", seed, outcome: outcome(9800 + noise() + difference) },
    { model: "b", seed, outcome: outcome(9800 + noise()) },
  ]).flat();
}

const compared = (all: readonly ScoredRun[]) => compareResults(studyResults(all));

describe("a comparison of synthetic accuracies", () => {
  test("with no difference finds one in 5 % of the studies", () => {
    const random = numbers(1);
    const studies = 600;
    let found = 0;
    for (let study = 0; study < studies; study++) {
      const [pair] = compared(runs(8, 0, random)).pairs;
      if (pair!.verdict !== "not settled") found++;
    }
    // Three binomial deviations.
    const allowed = 3 * Math.sqrt(studies * 0.05 * 0.95);
    expect(Math.abs(found - studies * 0.05)).toBeLessThan(allowed);
  });

  test("with a difference of two deviations finds it in most", () => {
    const random = numbers(2);
    let found = 0;
    for (let study = 0; study < 50; study++) {
      if (compared(runs(8, 20, random)).pairs[0]!.verdict === "a") found++;
    }
    expect(found).toBeGreaterThan(40);
  });
});

describe("runs that cannot be compared", () => {
  test("are those of different accuracies", () => {
    const all = [
      { model: "a", seed: 0, outcome: outcome(9000) },
      { model: "b", seed: 0, outcome: outcome(9000, { selection: "held out" }) },
    ];
    expect(() => studyResults(all)).toThrow(
      "comparison: expected runs that all hold out training images, or none, got some of each",
    );
  });

  test("are those on different numbers of images", () => {
    const all = [
      { model: "a", seed: 0, outcome: outcome(9000) },
      { model: "b", seed: 0, outcome: outcome(900, { total: 1000 }) },
    ];
    expect(() => studyResults(all)).toThrow(
      "comparison: expected the same test images, got 10000 and 1000 of them",
    );
  });
});

test("models without a common seed are compared with all that they have", () => {
  const all = [0, 1, 2, 3].map((seed) => ({
    model: seed < 2 ? "a" : "b",
    seed,
    outcome: outcome(9000 + seed),
  }));
  const { models, leftOut } = studyResults(all);
  expect(models.map(({ seeds }) => seeds)).toEqual([
    [0, 1],
    [2, 3],
  ]);
  expect(leftOut).toEqual([]);
});

test("a model without any accuracy is left out, and said", () => {
  const failed: Outcome = { format: 1, key: "", outcome: "failed", reason: "no memory" };
  const all = [
    { model: "a", seed: 0, outcome: outcome(9000) },
    { model: "b", seed: 0, outcome: failed },
  ];
  const { models, leftOut } = studyResults(all);
  expect(models.map(({ model }) => model)).toEqual(["a"]);
  expect(leftOut).toEqual(["b, seed 0: failed: no memory"]);
});

describe("sentences", () => {
  const pairs = (seeds: number, difference: number) => {
    const comparison = compared(runs(seeds, difference, numbers(3)));
    return pairSentence(comparison.pairs[0]!, comparison);
  };

  test("say which is better, by how much, and how sure", () => {
    expect(pairs(10, 60)).toMatch(
      /^a is better than b by 0\.\d\d points \(95 % interval 0\.\d\d to 0\.\d\d; p < 0\.001\)\.$/,
    );
    expect(pairs(10, -60)).toMatch(
      /^b is better than a by 0\.\d\d points \(95 % interval 0\.\d\d to/,
    );
  });

  test("say how many more seeds would settle it", () => {
    expect(pairs(3, 3)).toMatch(
      /^a and b: not settled; [ab] is ahead by .* \d+ more seeds? per model \(\d+ in all\) would show it in 4 of 5 studies\.$/,
    );
    const comparison = compared(runs(3, 3, numbers(3)));
    const needing = (seedsNeeded: number | null, difference = 0.1) =>
      pairSentence({ ...comparison.pairs[0]!, seedsNeeded, difference }, comparison);
    expect(needing(1000)).toContain("997 more seeds per model (1,000 in all)");
    expect(needing(15_991)).toContain("takes more than 1,000 seeds per model.");
    expect(needing(15_991, 0.004)).toContain("a is ahead by less than 0.01 points (");
    expect(needing(null, 0)).toContain(
      "their means are equal. No number of seeds would show a difference of 0.",
    );
    expect(pairs(1, 3)).toMatch(
      /^a and b: not settled; [ab] is ahead by 0\.\d\d points\. One seed says nothing/,
    );
  });
});

describe("until it is decided", () => {
  const options = { difference: 0.05, maxSeeds: 30 };

  function decide(difference: number, { maxSeeds, ...size } = options) {
    const decisions = new Decisions(2, { maxSeeds, ...size });
    const all = runs(maxSeeds, difference, numbers(4));
    for (let seeds = decisions.firstLook; ; seeds++) {
      const { models } = studyResults(all.filter(({ seed }) => seed < seeds));
      const known = decisions.of(models);
      if (allDecided(known)) return { known, seeds, models };
    }
  }

  test("seeds are added until one is better", () => {
    const { known, seeds, models } = decide(30);
    expect(known).toMatchObject([{ a: "a", b: "b", result: { verdict: "better", seeds } }]);
    expect(seeds).toBeLessThan(15);
    const { pairs } = decidedComparison(compareResults({ models }), known);
    expect(pairs).toMatchObject([{ verdict: "a", p: null, pHolm: null }]);
    expect(pairs[0]!.interval![0]).toBeGreaterThan(0);
    expect(sequentialSentence(known[0]!, known[0]!.result, 0.05)).toMatch(
      /^a is better than b, after \d+ seeds \(a − b is in 0\.\d\d to 0\.\d\d points, valid at any time\)\.$/,
    );
  });

  test("or until all seeds are used", () => {
    const { known, seeds } = decide(4, { difference: 0.01, maxSeeds: 12 });
    expect(seeds).toBe(12);
    expect(known[0]!.result.verdict).toBe("not settled");
  });

  test("three models share the level", () => {
    const two = new Decisions(2, options);
    const three = new Decisions(3, options);
    const { models } = studyResults(runs(6, 12, numbers(5)));
    const width = (decisions: Decisions) => {
      const { interval } = decisions.of(models)[0]!.result;
      return interval!.high - interval!.low;
    };
    expect(width(three)).toBeGreaterThan(width(two));
  });
});
