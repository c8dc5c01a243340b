import { expect, test } from "vitest";
import { checkLosses, figures, inTurns, isSlowTurn } from "../../../bench/peers/comparison.js";
import {
  checkLine,
  comparisonLine,
  evaluationComparison,
  libraryTable,
  stepComparison,
} from "../../../bench/peers/comparison-tables.js";

const fovea = { id: "fovea", name: "Fovea", version: "0.1.0", threads: 2, models: ["cnn", "stn"] };
const single = { ...fovea, threads: 1 };
const pytorch = {
  id: "pytorch",
  name: "PyTorch",
  version: "2",
  threads: 1,
  models: ["cnn", "stn"],
};
const tfjs = { id: "tfjs", name: "TensorFlow.js", version: "4", threads: 1, models: ["cnn"] };

/** A turn of 3 steps with this median. */
const turn = (median: number) => [median + 1, median, median - 0.5];

const series = [
  { competitor: single, model: "cnn", turns: [turn(4), turn(5), turn(8)] },
  { competitor: fovea, model: "cnn", turns: [turn(2), turn(2), turn(4)] },
  { competitor: pytorch, model: "cnn", turns: [turn(12), turn(20), turn(16)] },
  // Slow: one round fewer.
  { competitor: tfjs, model: "cnn", turns: [[2000], [3000]] },
];

test("ratios are taken in each round, and only of rounds in which both took part", () => {
  const [one, two, torch, tensorflow] = figures(series);
  expect(one).toEqual({
    ...{ model: "cnn", peer: "fovea", name: "Fovea", version: "0.1.0", threads: 1 },
    ...{ count: 9, median: 5, min: 3.5 },
  });
  expect(two).not.toHaveProperty("ratios");
  expect(torch).toMatchObject({
    ...{ peer: "pytorch", count: 9, median: 16, min: 11.5 },
    ratios: [
      { threads: 1, median: 3, min: 2 },
      { threads: 2, median: 6, min: 4 },
    ],
  });
  expect(tensorflow).toMatchObject({
    ratios: [
      { threads: 1, median: 550, min: 500 },
      { threads: 2, median: 1250, min: 1000 },
    ],
  });
});

test("the table of steps", () => {
  expect(stepComparison({ steps: figures(series) }, "markdown")).toEqual([
    "| model | by | threads | median, ms | min | × Fovea on 1 | × Fovea on 2 |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    "| cnn | Fovea | 1 | 5.00 | 3.50 |  |  |",
    "| cnn | Fovea | 2 | 3.00 | 1.50 |  |  |",
    "| cnn | PyTorch 2 | 1 | 16.00 | 11.50 | 3.0 (2.0) | 6.0 (4.0) |",
    "| cnn | TensorFlow.js 4 | 1 | 2500.00 | 2000.00 | 550 (500) | 1250 (1000) |",
  ]);
});

test("the table of evaluations of Fovea alone", () => {
  const evaluation = figures([{ competitor: fovea, model: "stn", turns: [[0.25]] }]);
  expect(evaluationComparison({ evaluation }, "plain").at(-1)).toBe(
    "stn    Fovea        2      0.250  0.250",
  );
});

test("turns go round by round and model by model, among the peers that have it; slow ones end after three", async () => {
  const turns: string[] = [];
  const measured = await inTurns({
    competitors: [fovea, tfjs],
    models: ["cnn", "stn"],
    rounds: 4,
    measure: async ({ id }: { id: string }, model: string) => {
      turns.push(`${id} ${model}`);
      return [id === "tfjs" ? 6000 : 2];
    },
    isSlow: isSlowTurn,
    onRound: (round: number) => void turns.push(`round ${round}`),
  });
  const all = (round: number) => ["fovea cnn", "tfjs cnn", "fovea stn", `round ${round}`];
  expect(turns).toEqual([...all(1), ...all(2), ...all(3), "fovea cnn", "fovea stn", "round 4"]);
  expect(measured.map((each) => each.turns.length)).toEqual([4, 3, 4]);
});

const losing = (competitor: object, ...losses: number[]) => ({
  ...competitor,
  losses: async () => losses,
});

test("first losses that agree are reported with their difference", async () => {
  const peers = [losing(pytorch, 2.30002, 2.25), losing(tfjs, 2.3, 2.25009)];
  const checks = await checkLosses(losing(fovea, 2.3, 2.25), peers, ["cnn", "stn"]);
  expect(checks.map(({ peer, model }) => `${peer} ${model}`)).toEqual([
    "pytorch cnn",
    "tfjs cnn",
    "pytorch stn",
  ]);
  expect(checks[0]!.difference).toBeCloseTo(2e-5, 10);
  expect(checkLine({ checks })).toBe(
    "First losses without dropout, from the same values on the same batches, agree within 0.0001: " +
      "the largest difference is 9.0e-5.",
  );
  expect(checkLine({ checks: [] })).toBeUndefined();
});

test.each([
  [2.3, 2.2503],
  [2.3, Number.NaN],
])("another network is detected by its losses: %d, %d", async (...losses) => {
  await expect(
    checkLosses(losing(fovea, 2.3, 2.25), [losing(pytorch, ...losses)], ["cnn"]),
  ).rejects.toThrow(
    `PyTorch 2, cnn: expected first losses 2.3, 2.25 to 0.0001, got ${losses.join(", ")}`,
  );
});

test("the line above the tables tells of a busy machine", () => {
  const which = { processor: "AMD EPYC", cores: 2, node: "20.20.2", build: "mul-add" };
  const line = (coresTaken: number) =>
    comparisonLine({ ...which, data: "mnist", rounds: 6, coresTaken });
  const quiet = "AMD EPYC, 2 cores, Node 20.20.2, mul-add, data mnist, 6 rounds in turns";
  expect(line(0.1)).toBe(quiet);
  expect(line(1.94)).toBe(`${quiet}, a busy machine (1.9 cores taken)`);
});

test("the table of libraries has each at its best number of threads, against Fovea's most", () => {
  const twice = { ...pytorch, threads: 2 };
  const both = [...series, { competitor: twice, model: "cnn", turns: [turn(8), turn(9), turn(7)] }];
  const table = libraryTable(figures(both), { digits: 1, unit: "ms" }, "markdown");
  expect(table).toEqual([
    "| model | Fovea, ms | PyTorch 2, ms | TensorFlow.js 4, ms |",
    "| --- | ---: | ---: | ---: |",
    "| cnn | 3.0 | 8.0 (4.0 ×) | 2500.0 (1250 ×) |",
  ]);
});
