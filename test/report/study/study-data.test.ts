import { describe, expect, test } from "vitest";
import { costData } from "../../../src/report/study/cost-data.js";
import { curvesData } from "../../../src/report/study/curves-data.js";
import { differencesData } from "../../../src/report/study/differences-data.js";
import { powerData } from "../../../src/report/study/power-data.js";
import { ranksData } from "../../../src/report/study/ranks-data.js";
import { seedsData } from "../../../src/report/study/seeds-data.js";
import { commonSettings, settingsData } from "../../../src/report/study/settings-data.js";
import { accuracyDomain } from "../../../src/report/study/shown-domain.js";
import { planted, plantedStudy } from "./planted.js";

describe("the axis of accuracies", () => {
  test("holds all sound values, and intervals as far as there is room", () => {
    const model = (interval: readonly [number, number] | null, collapsed = 0) => ({
      ...{ interval, collapsed },
    });
    const [low, high] = accuracyDomain([model([98, 99.5])], [98.5, 99])!;
    expect(low).toBeLessThan(98.01);
    expect(high).toBeGreaterThan(99.49);
    // An interval over a collapsed run says nothing of the others.
    expect(accuracyDomain([model([20, 150], 1)], [98.5, 99])![0]).toBeGreaterThan(98);
    // One that is far too long is cut.
    expect(accuracyDomain([model([0, 100])], [98, 99])![0]).toBeGreaterThan(96);
    expect(accuracyDomain([], [])).toBeUndefined();
    const [least, most] = accuracyDomain([model(null)], [100])!;
    expect(least).toBeLessThan(100);
    expect(most).toBeGreaterThan(least);
  });
});

test("seeds: collapsed runs are points, failed and open ones are counted", () => {
  const study = planted([
    { name: "a", values: [98, 11.35, 0, 0], endings: { 1: "collapsed", 2: "failed", 3: "open" } },
  ]);
  const data = seedsData(study)!;
  expect(data.rows).toMatchObject([{ model: "a", collapsed: 1, failed: 1, open: 1 }]);
  expect(data.rows[0]!.points.map(({ value }) => value)).toEqual([98, 11.35]);
  expect(data.domain[0]).toBeGreaterThan(90);
  const fallen = planted([
    { name: "a", values: [11.35, 10.28], endings: { 0: "collapsed", 1: "collapsed" } },
  ]);
  expect(seedsData(fallen)!.domain[0]).toBeLessThan(10.28);
});

test("differences: a long interval does not squeeze the others, and many pairs are cut", () => {
  const steady = [1, 2, 3, 4].map((at) => ({
    name: `s${at}`,
    values: [98, 98.2, 98.1].map((value, seed) => value + (at * (seed + 1)) / 20),
  }));
  const fallen = { name: "c", values: [98, 11, 98], endings: { 1: "collapsed" } as const };
  const data = differencesData(planted([...steady, fallen]))!;
  expect(Math.max(...data.pairs.map(({ interval }) => interval![1]))).toBeGreaterThan(100);
  expect(data.extent).toBeLessThan(5);
  const many = planted(
    Array.from({ length: 10 }, (_, at) => ({
      name: `m${at}`,
      values: [90 + at / 10, 90.2 + at / 9, 90.1 + at / 11],
    })),
  );
  expect(differencesData(many)).toMatchObject({ omitted: 15 });
});

test("curves: medians and quartiles of the runs that reached an epoch", () => {
  const study = planted([{ name: "a", values: [80, 90, 100] }]);
  const [band] = curvesData(study)!.bands;
  expect(band).toMatchObject({ model: "a", runs: 3 });
  expect(band!.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
  const last = band!.epochs.at(-1)!;
  expect(last.median).toBeCloseTo(0.9 * (1 - 0.5 ** 4), 12);
  expect(last.low).toBeCloseTo(0.85 * (1 - 0.5 ** 4), 12);
  expect(last.high).toBeCloseTo(0.95 * (1 - 0.5 ** 4), 12);
});

test("curves: bad runs are apart, open ones nowhere", () => {
  const study = planted([
    { name: "a", values: [98, 10, 97, 96], endings: { 1: "diverged", 2: "pruned", 3: "open" } },
  ]);
  const data = curvesData(study)!;
  expect(data.bands[0]!.runs).toBe(1);
  expect(data.apart.map(({ ending }) => ending)).toEqual(["diverged", "pruned"]);
});

test("cost: median seconds of the runs that are done, and only where costs differ", () => {
  expect(costData(plantedStudy())).toMatchObject({
    parameters: [{ cost: 20_000 }, { cost: 30_000 }, { cost: 25_000 }],
    seconds: [{ cost: 40 }, { cost: 90 }, { cost: 120 }],
  });
  const equal = planted(["a", "b"].map((name) => ({ name, values: [98, 99], parameters: 7 })));
  expect(costData(equal)).toBeUndefined();
});

test("power: the line of a pair passes its number of seeds needed", () => {
  const study = planted([
    { name: "a", values: [98.1, 98.4, 98.2, 98.6] },
    { name: "b", values: [98.3, 98.35, 98.5, 98.55] },
  ]);
  const [line] = powerData(study)!.lines;
  const { difference, seedsNeeded, points } = line!;
  expect(seedsNeeded).toBeGreaterThan(4);
  for (const point of points) {
    expect(point.difference <= difference).toBe(point.seeds >= seedsNeeded!);
  }
  expect(
    powerData(
      planted([
        { name: "a", values: [98] },
        { name: "b", values: [99] },
      ]),
    ),
  ).toBeUndefined();
});

test("power: pairs with collapsed runs only where there are no others", () => {
  expect(powerData(plantedStudy())).toMatchObject({
    lines: [{ a: "cnn", b: "stn" }],
    omitted: 2,
  });
});

test("ranks: three models with common seeds", () => {
  expect(ranksData(plantedStudy())).toMatchObject({
    seeds: 3,
    ranks: [{ model: "stn", rank: 1 }, { rank: expect.any(Number) }, { rank: expect.any(Number) }],
  });
  expect(
    ranksData(
      planted([
        { name: "a", values: [1, 2] },
        { name: "b", values: [1, 2] },
      ]),
    ),
  ).toBeUndefined();
});

test("settings: numbers in order, logarithmic over decades, texts as they come", () => {
  const study = planted(
    [0.1, 0.001, 0.01].flatMap((learningRate) =>
      ["sgd", "adam"].map((kind) => ({
        name: `cnn_learningRate=${learningRate}_kind=${kind}`,
        values: [90, 91],
        settings: { learningRate, "optimizer.kind": kind, epochs: 3 },
      })),
    ),
  );
  expect(settingsData(study)!.settings).toEqual([
    { path: "learningRate", values: [0.001, 0.01, 0.1], scale: "log" },
    { path: "optimizer.kind", values: ["sgd", "adam"], scale: "point" },
  ]);
  expect(commonSettings(study.models)).toEqual([["epochs", 3]]);
});
