import { describe, expect, it } from "vitest";
import { catalogueMarks } from "../../../src/models/catalogue-marks.js";
import { annotationsFor } from "../../../src/papers/index.js";
import { composeReport } from "../../../src/report/compose-report.js";
import { repetition } from "../../../src/report/repeat.js";
import { resultsTable } from "../../../src/report/results-table.js";
import type { Run } from "../../../src/runs/run-folder.node.js";
import { fakeRun, ownRun } from "../../report/fixtures.js";

const cnn = fakeRun("cnn", [
  [0.2, 9400],
  [0.1, 9700],
]);
const coordconv = fakeRun(
  "coordconv-stn",
  [
    [0.2, 9500],
    [0.11, 9710],
    [0.12, 9710],
  ],
  { seed: 3, epochs: 5 },
);
const plainTable = (...runs: readonly Run[]) =>
  resultsTable(runs, { format: "plain", annotations: annotationsFor(runs) });

describe("the study beside a table", () => {
  it("has its figures over as many epochs, and says what they are", () => {
    // coordconv-stn's published counts after epochs 0, 1 and 2.
    expect(plainTable(cnn, coordconv)).toBe(
      `                           parameters            accuracy, % @ epoch   study's best, %
model          seed  working  counted       best  lowest loss   last  printed    curve  s/epoch
─────────────  ────  ───────  ───────  ─────────  ───────────  ─────  ───────  ───────  ───────
cnn               0   21,840        –  97.00 @ 2    97.00 @ 2  97.00  not in the study      3.0
coordconv-stn     3   30,144   37,834  97.10 @ 2    97.10 @ 2  97.10    99.31    96.58      3.1

Study's best: printed is the best of its 300 epochs; curve is the best of its published curve over
as many epochs as the run has.
Counted is what the study's code counts. For coordconv-stn that includes 7,690 values that are
never used; the paper's 37,384 is a misprint of 37,834.
coordconv-stn, seed 3: 3 of 5 epochs ran (stopped).
`,
    );
  });

  it("is Markdown for a file", () => {
    const runs = [cnn, coordconv];
    const table = resultsTable(runs, { format: "markdown", annotations: annotationsFor(runs) });
    expect(table).toContain(
      "| model | seed | parameters, working | parameters, counted | best, % @ epoch | lowest loss, % @ epoch | last, % | study, printed, % | study, curve, % | s/epoch |\n",
    );
    expect(table).toContain("| 97.00 | not in the study | – | 3.0 |\n");
  });

  it("fits 100 columns with three-digit epochs and a run that went wrong", () => {
    const long = Array.from({ length: 300 }, (_, index): [number, number] => [
      1 / (index + 2),
      index < 299 ? 9000 + index : 1000,
    ]);
    const table = plainTable(fakeRun("coordconv-stn", long), fakeRun("cnn", long));
    expect(table).toContain("coordconv-stn ! ");
    for (const line of table.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });

  it("says which network its figures of attention are of", () => {
    expect(plainTable(fakeRun("mha", [[0.2, 9400]]))).toContain("The study describes mha,");
  });

  it("is not shown for a run of its network with another recipe", () => {
    const other = fakeRun("stn", [[0.2, 9400]], { recipe: { learningRate: 0.1 } });
    expect(plainTable(coordconv, other)).toMatch(/^stn .* another recipe +3\.0$/m);
    expect(plainTable(other)).not.toMatch(/study/i);
  });
});

describe("runs without annotations from the study", () => {
  it.each<[string, Run]>([
    ["on other data", fakeRun("stn", [[0.2, 9400]], { data: "digits" })],
    ["of a network that it does not have", fakeRun("cnn", [[0.2, 9400]])],
    ["with another recipe", fakeRun("stn", [[0.2, 9400]], { recipe: { batchSize: 32 } })],
    ["of a network with the name of one of its", ownRun("stn", [[0.2, 9400]])],
  ])("get a plain report: %s", (_, run) => {
    const { html, table, figures } = composeReport([run], annotationsFor([run]));
    const texts = [html, table, ...figures.map(({ svg, caption }) => svg + caption)];
    for (const text of texts) expect(text).not.toMatch(/study|published|claims/i);
  });
});

describe("the report of the study's runs", () => {
  const runs = [cnn, coordconv, fakeRun("mha", [[0.2, 9400]])];
  const { html, figures } = composeReport(runs, annotationsFor(runs));

  it("has the published curves, and colours for their models", () => {
    const [loss] = figures;
    expect(loss!.narrow!.legend.map(({ label }) => label)).toEqual([
      "coordconv-stn, published",
      "mha-batch, published",
      "cnn",
      "coordconv-stn",
      "mha",
    ]);
    expect(loss!.caption).toContain("Dashed: the study's published curves");
    for (const [model, { ink }] of catalogueMarks) {
      expect(html.includes(`--model-${model}:${ink.light}`)).toBe(model !== "stn");
    }
  });

  it("has the claims after the networks", () => {
    const order = ["networks", "claims", "configuration"];
    const at = order.map((id) => html.indexOf(`<section id="${id}">`));
    expect(at).toEqual(at.toSorted((a, b) => a - b));
    expect(at[0]).toBeGreaterThan(0);
    expect(html).toContain(".verdict.confirmed{");
    expect(html).toContain("The study chose its best epochs in the same way.");
  });
});

describe("the command that repeats several runs", () => {
  const commandsOf = (runs: readonly Run[]) =>
    repetition(runs, annotationsFor(runs).commands).commands;
  const pairs = [[0.2, 9400]] as const;

  it("is fovea reproduce where they differ in nothing but the network", () => {
    expect(
      commandsOf([
        fakeRun("cnn", pairs),
        fakeRun("stn", pairs),
        fakeRun("stn", pairs, { seed: 1 }),
        fakeRun("mha", pairs, { recipe: { batchSize: 32 } }),
        fakeRun("cnn", pairs, { data: "digits" }),
        fakeRun("mha", pairs, { data: "digits" }),
        fakeRun("mha", pairs, { data: "pictures" }),
        ownRun("tiny", pairs),
      ]),
    ).toEqual([
      "fovea reproduce --models cnn,stn --epochs 1 --seed 0 --data mnist",
      "fovea reproduce --models cnn,mha --epochs 1 --seed 0 --data digits",
      "fovea train stn --epochs 1 --seed 1 --data mnist",
      "fovea train mha --epochs 1 --seed 0 --data mnist --batch-size 32 --learning-rate 0.01",
    ]);
  });
});
