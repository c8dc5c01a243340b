import { describe, expect, it } from "vitest";
import { compareModels, type ModelRuns } from "../../src/stats/compare.js";
import { holm } from "../../src/stats/holm.js";
import { seedsNeeded } from "../../src/stats/power.js";
import { pairedTTest, welchTTest } from "../../src/stats/t-test.js";

const runs = (model: string, values: number[], seeds = values.map((_, at) => at)): ModelRuns => ({
  model,
  seeds,
  values,
  collapsed: 0,
});
const cnn = runs("cnn", [99.01, 98.97, 99.05, 98.99, 99.02]);
const stn = runs("stn", [99.21, 99.15, 99.3, 99.18, 99.19]);
const mha = runs("mha", [99.02, 98.99, 99.01, 99.04, 98.96]);

describe("compareModels", () => {
  it("has the models as they are, with mean and interval", () => {
    const { models } = compareModels([{ ...cnn, collapsed: 2 }]);
    expect(Object.keys(models[0]!)).toEqual([
      "model",
      "seeds",
      "values",
      "mean",
      "interval",
      "collapsed",
    ]);
    expect(models[0]).toMatchObject({ ...cnn, collapsed: 2 });
    expect(models[0]!.mean).toBeCloseTo(99.008, 10);
    // 99.008 ± 2.776 · 0.03033 / √5
    expect(models[0]!.interval![0]).toBeCloseTo(98.97034, 4);
    expect(models[0]!.interval![1]).toBeCloseTo(99.04566, 4);
  });

  it("compares all pairs, with Holm's correction", () => {
    const { pairs } = compareModels([cnn, stn, mha]);
    expect(pairs.map(({ a, b, verdict }) => [a, b, verdict])).toEqual([
      ["cnn", "stn", "b"],
      ["cnn", "mha", "not settled"],
      ["stn", "mha", "a"],
    ]);
    expect(Object.keys(pairs[0]!).sort()).toEqual(
      ["a", "b", "difference", "interval", "p", "pHolm", "verdict", "seedsNeeded"].sort(),
    );
    const test = pairedTTest(cnn.values, stn.values);
    expect(pairs[0]!.p).toBe(test.p);
    expect(pairs[0]!.interval).toEqual([test.interval.low, test.interval.high]);
    expect(pairs.map(({ pHolm }) => pHolm)).toEqual(holm(pairs.map(({ p }) => p!)));
  });

  it("compares the pairs of interest alone, and corrects for those", () => {
    const { models, pairs } = compareModels([cnn, stn, mha], (a) => a === "cnn");
    const all = compareModels([cnn, stn, mha]);
    expect(models).toEqual(all.models);
    expect(pairs.map(({ a, b }) => `${a} ${b}`)).toEqual(["cnn stn", "cnn mha"]);
    expect(pairs.map(({ p }) => p)).toEqual(all.pairs.slice(0, 2).map(({ p }) => p));
    expect(pairs.map(({ pHolm }) => pHolm)).toEqual(holm(pairs.map(({ p }) => p!)));
    expect(pairs[0]!.pHolm).toBeLessThan(all.pairs[0]!.pHolm!);
  });

  it("is plain JSON", () => {
    const result = compareModels([cnn, stn, runs("one", [99]), runs("flat", [99, 99, 99, 99, 99])]);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  it("pairs by seed, in whatever order they come", () => {
    const mixed = runs(
      "stn",
      [3, 0, 4, 1, 2].map((at) => stn.values[at]!),
      [3, 0, 4, 1, 2],
    );
    const [there] = compareModels([cnn, stn]).pairs;
    const [again] = compareModels([cnn, mixed]).pairs;
    expect(again!.p).toBeCloseTo(there!.p!, 10);
    expect(again!.difference).toBeCloseTo(there!.difference, 10);
    const [back] = compareModels([stn, cnn]).pairs;
    expect(back!.difference).toBeCloseTo(-there!.difference, 10);
    expect(back!.verdict).toBe("a");
  });

  it("takes Welch's test where seeds differ, and says how many seeds a difference needs", () => {
    const other = runs("mha", [99.02, 98.99, 99.01, 99.04], [7, 8, 9, 10]);
    const [pair] = compareModels([cnn, other]).pairs;
    expect(pair!.p).toBe(welchTTest(cnn.values, other.values).p);
    const [even] = compareModels([cnn, mha]).pairs;
    const deviation = Math.sqrt(5) * pairedTTest(cnn.values, mha.values).error;
    expect(even!.seedsNeeded).toBe(seedsNeeded(deviation, even!.difference, "paired"));
    // Of three pairs, each has a third of the 5 %.
    const one = compareModels([cnn, stn, mha]).pairs.find(({ a, b }) => a === "cnn" && b === "mha");
    expect(one!.seedsNeeded).toBe(seedsNeeded(deviation, even!.difference, "paired", 0.05 / 3));
  });

  it("takes means that only rounding tells apart for equal", () => {
    const [pair] = compareModels([
      runs("a", [98.92, 98.85, 98.86, 98.92, 99.1]),
      runs("b", [98.82, 98.94, 98.94, 98.98, 98.97]),
    ]).pairs;
    expect(pair).toMatchObject({ difference: 0, seedsNeeded: null, verdict: "not settled" });
  });

  it("has no interval for one seed, and no verdict", () => {
    const { models, pairs } = compareModels([runs("a", [99.5]), runs("b", [11.35])]);
    expect(models[0]!.interval).toBeNull();
    expect(pairs[0]).toEqual({
      a: "a",
      b: "b",
      difference: 99.5 - 11.35,
      interval: null,
      p: null,
      pHolm: null,
      verdict: "not settled",
      seedsNeeded: null,
    });
  });

  it.each([
    [2, 0.5, "not settled"],
    [5, 0.0625, "not settled"],
    [6, 0.03125, "a"],
  ])("does not call %i equal differences certain", (count, p, verdict) => {
    const a = [99.2, 99.3, 99.4, 98.7, 99.9, 97.2].slice(0, count);
    const [pair] = compareModels([
      runs("a", a),
      runs(
        "b",
        a.map((value) => value - 0.1),
      ),
    ]).pairs;
    expect(pair).toMatchObject({ interval: null, p, pHolm: p, verdict, seedsNeeded: null });
  });

  it("finds nothing between equal models, and all that do not vary", () => {
    const [pair] = compareModels([cnn, { ...cnn, model: "again" }]).pairs;
    expect(pair).toMatchObject({ difference: 0, p: 1, pHolm: 1, verdict: "not settled" });
    const flat = compareModels([
      runs("a", [100, 100, 100, 100], [1, 2, 3, 4]),
      runs("b", [99, 99, 99, 99]),
    ]);
    expect(flat.models[0]!.interval).toBeNull();
    expect(flat.pairs[0]!.p).toBeCloseTo(2 / 70, 12);
  });

  it.each<[string, ModelRuns[], string]>([
    ["a name twice", [cnn, cnn], "compareModels: expected each model once, got cnn twice"],
    [
      "a seed twice",
      [runs("a", [1, 2], [3, 3])],
      "compareModels, a: expected each seed once, got 3 twice",
    ],
    [
      "seeds missing",
      [runs("a", [1, 2], [3])],
      "compareModels, a: expected a seed per value, 2, got 1",
    ],
    ["no runs", [runs("a", [])], "compareModels, a: expected 1 or more values, got 0"],
    [
      "a diverged run",
      [runs("a", [1, Number.NaN])],
      "compareModels, a: expected value 1 to be a finite number, got NaN",
    ],
    ["more than all", [runs("a", [101])], "compareModels, a: expected values in percent, got 101"],
    [
      "more collapsed than run",
      [{ ...cnn, collapsed: 6 }],
      "compareModels, cnn: expected collapsed to be a whole number in 0..5, got 6",
    ],
  ])("refuses %s", (_, models, message) => {
    expect(() => compareModels(models)).toThrow(message);
  });
});
