import { describe, expect, it } from "vitest";
import { resultRows, resultsTable } from "../../src/report/results-table.js";
import { fakeRun } from "./fixtures.js";

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

describe("resultRows", () => {
  it("takes the earliest of equal accuracies and the accuracy where the loss is lowest", () => {
    const [row] = resultRows([coordconv]);
    expect(row!.best).toEqual({ accuracy: 0.971, epoch: 2 });
    expect(row!.lowestLoss).toEqual({ accuracy: 0.971, epoch: 2, loss: 0.11 });
    expect(row!.last).toEqual({ accuracy: 0.971, epoch: 3 });
    expect(row!.secondsPerEpoch).toBeCloseTo(3.1, 10);
  });

  it("compares with the published curve over as many epochs", () => {
    // coordconv-stn's published counts after epochs 0, 1 and 2.
    const [row] = resultRows([coordconv]);
    expect(row!.publishedBest).toBe(0.9658);
    expect(row!.studyBest).toBe(0.9931);
  });

  it("leaves the study out on other data", () => {
    const [row] = resultRows([fakeRun("stn", [[0.2, 9400]], { data: "digits" })]);
    expect([row!.studyBest, row!.publishedBest, row!.countedParameters]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("gives no rank to epochs that diverged", () => {
    const [row] = resultRows([
      fakeRun("stn", [
        [0.2, 9400],
        [Number.NaN, 980],
      ]),
    ]);
    expect(row!.lowestLoss).toEqual({ accuracy: 0.94, epoch: 1, loss: 0.2 });
  });
});

describe("resultsTable", () => {
  it("is aligned text with the study beside", () => {
    expect(resultsTable([cnn, coordconv], { format: "plain" })).toBe(
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
    expect(resultsTable([cnn], { format: "markdown" })).toBe(
      `| model | seed | parameters, working | parameters, counted | best, % @ epoch | lowest loss, % @ epoch | last, % | study, printed, % | study, curve, % | s/epoch |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| cnn | 0 | 21,840 | – | 97.00 @ 2 | 97.00 @ 2 | 97.00 | not in the study | – | 3.0 |

Study's best: printed is the best of its 300 epochs; curve is the best of its published curve over as many epochs as the run has.
`,
    );
  });

  it("fits 100 columns with three-digit epochs", () => {
    const long = Array.from({ length: 300 }, (_, index): [number, number] => [
      1 / (index + 2),
      9000 + index,
    ]);
    const table = resultsTable([fakeRun("coordconv-stn", long), fakeRun("cnn", long)], {
      format: "plain",
    });
    for (const line of table.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });

  it("breaks notes at the terminal's width and leaves the table", () => {
    const plain = resultsTable([cnn, coordconv], { format: "plain" });
    const small = resultsTable([cnn, coordconv], { format: "plain", width: 60 });
    const [table, notes] = small.split("\n\n");
    expect(table).toBe(plain.split("\n\n")[0]);
    for (const line of notes!.split("\n")) expect(line.length).toBeLessThanOrEqual(60);
    expect(notes!.split(/\s+/)).toEqual(plain.split("\n\n")[1]!.split(/\s+/));
    expect(resultsTable([cnn, coordconv], { format: "plain", width: 200 })).toBe(plain);
  });

  it("shows a run without epochs", () => {
    const table = resultsTable([fakeRun("stn", [])], { format: "plain" });
    expect(table).toContain("stn, seed 0: 0 of 1 epochs ran (stopped).");
    expect(resultsTable([], { format: "plain" })).toBe("No runs.\n");
  });

  it("separates data and says that the study is not comparable", () => {
    const digits = fakeRun("mha", [[0.3, 9300]], { data: "digits" });
    const table = resultsTable([cnn, digits], { format: "plain" });
    expect(table).toContain("Data: mnist");
    expect(table).toContain(
      "The study's figures are for MNIST and are not comparable with runs on digits.",
    );
  });
});
