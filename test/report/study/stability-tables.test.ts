import { expect, test } from "vitest";
import { stabilityData } from "../../../src/report/study/stability-data.js";
import { stabilityTables } from "../../../src/report/study/stability-tables.js";
import { studyFigures } from "../../../src/report/study/study-figures.js";
import { studyMarkdown } from "../../../src/report/study-report.js";
import { planted } from "./planted.js";

const names = ["steady", "shaky"];

/** Ten runs of each, of which `fallen` runs of the second one dip, and `collapsed` end near chance. */
function study(fallen: number, collapsed: number) {
  const bad = Object.fromEntries(
    Array.from({ length: collapsed }, (_, seed) => [seed, "collapsed" as const]),
  );
  const models = names.map((name, at) => ({
    name,
    values: Array.from({ length: 10 }, (_, seed) => (at === 1 && seed < collapsed ? 11.35 : 98)),
    ...(at === 1 && { endings: bad }),
  }));
  const made = planted(models);
  const curveOf = (model: string, seed: number) => {
    if (model === "shaky" && seed < collapsed) return [0.9, 0.95, 0.1135];
    return model === "shaky" && seed < fallen ? [0.9, 0.5, 0.98] : [0.9, 0.97, 0.98];
  };
  return {
    ...made,
    runs: made.runs.map((run) => ({ ...run, curve: curveOf(run.model, run.seed) })),
  };
}

test("rates of collapses and falls with Wilson's intervals, and Fisher's test of each pair", () => {
  const [rates, pairs] = stabilityTables(study(5, 1));
  expect(rates!.rows).toEqual([
    ["steady", "0 of 10", "0 to 28", "0 of 10", "0 to 28", "97.00", "97.00"],
    ["shaky", "1 of 10", "2 to 40", "5 of 10", "24 to 76", "73.50", "11.35"],
  ]);
  // scipy.stats.fisher_exact([[0, 10], [1, 9]]) is 1, [[0, 10], [5, 5]] 0.0325…
  expect(pairs!.rows).toEqual([["steady, shaky", "1.000", "0.033"]]);
  expect(studyMarkdown(study(5, 1))).toContain("## Collapses and falls");
});

test("a figure has every run at its lowest accuracy, those that fell as rings", () => {
  const made = study(5, 1);
  const data = stabilityData(made)!;
  const values = data.models[1]!.points.map(({ value }) => Math.round(value));
  expect(values).toEqual([11, 50, 50, 50, 50, 97, 97, 97, 97, 97]);
  const [figure] = studyFigures(made).filter(({ name }) => name === "stability");
  expect(figure!.svg).toContain("5 of 10 fell");
  expect(figure!.svg).toContain("1 of 10 collapsed");
  expect(studyFigures(study(0, 0)).map(({ name }) => name)).not.toContain("stability");
});

test("no figure where no curve is known, though runs collapsed", () => {
  const made = study(0, 1);
  const bare = { ...made, runs: made.runs.map((run) => ({ ...run, curve: [] })) };
  expect(stabilityTables(bare)[0]!.rows[1]!.slice(0, 4)).toEqual([
    ...["shaky", "1 of 10", "2 to 40", "0 of 0"],
  ]);
  expect(studyFigures(bare).map(({ name }) => name)).not.toContain("stability");
});

test("no table where every run stayed where it had come to", () => {
  expect(stabilityTables(study(0, 0))).toEqual([]);
  expect(studyMarkdown(study(0, 0))).not.toContain("Collapses and falls");
});

test("failed runs and runs without a curve are not counted as steady ones", () => {
  const made = study(5, 1);
  const runs = made.runs.map((run) =>
    run.model === "steady" ? { ...run, ...(run.seed < 4 ? { curve: [] } : {}) } : run,
  );
  const [rates] = stabilityTables({ ...made, runs });
  expect(rates!.rows[0]!.slice(1, 4)).toEqual(["0 of 10", "0 to 28", "0 of 6"]);
});

test("no fall is told of epochs that are validated on a few images", () => {
  const made = study(5, 0);
  const on = (validationImages: number) => ({
    ...made,
    runs: made.runs.map((run) => ({ ...run, validationImages })),
  });
  expect(stabilityTables(on(249))).toEqual([]);
  expect(stabilityTables(on(250))[0]!.rows[1]![3]).toBe("5 of 10");
});
