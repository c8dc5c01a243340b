import { describe, expect, it } from "vitest";
import { noAnnotations, type ReportAnnotations } from "../../src/report/annotations.js";
import { resultRows } from "../../src/report/result-rows.js";
import { resultsTable } from "../../src/report/results-table.js";
import { fakeRun, ownRun } from "./fixtures.js";

const cnn = fakeRun("cnn", [
  [0.2, 9400],
  [0.1, 9700],
]);
const stn = fakeRun(
  "stn",
  [
    [0.2, 9500],
    [0.11, 9710],
    [0.12, 9710],
  ],
  { seed: 3, epochs: 5 },
);
const collapsed = fakeRun("mha", [
  [0.2, 9400],
  [2.3, 1135],
  [2.3, 1135],
]);

describe("resultRows", () => {
  it("takes the earliest of equal accuracies and the accuracy where the loss is lowest", () => {
    const [row] = resultRows([stn]);
    expect(row!.best).toEqual({ accuracy: 0.971, epoch: 2 });
    expect(row!.lowestLoss).toEqual({ accuracy: 0.971, epoch: 2, loss: 0.11 });
    expect(row!.last).toEqual({ accuracy: 0.971, epoch: 3 });
    expect(row!.secondsPerEpoch).toBeCloseTo(3.1, 10);
    expect(row!.faults).toEqual([]);
  });

  it("never chooses epochs that diverged", () => {
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
  it("is aligned text", () => {
    expect(resultsTable([cnn, stn], { format: "plain" })).toBe(
      `                                   accuracy, % @ epoch
model  seed  parameters       best  lowest loss   last  s/epoch
─────  ────  ──────────  ─────────  ───────────  ─────  ───────
cnn       0      21,840  97.00 @ 2    97.00 @ 2  97.00      3.0
stn       3      27,360  97.10 @ 2    97.10 @ 2  97.10      3.1

stn, seed 3: 3 of 5 epochs ran (stopped).
`,
    );
  });

  it("is Markdown for a file", () => {
    expect(resultsTable([cnn], { format: "markdown" })).toBe(
      `| model | seed | parameters | best, % @ epoch | lowest loss, % @ epoch | last, % | s/epoch |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
| cnn | 0 | 21,840 | 97.00 @ 2 | 97.00 @ 2 | 97.00 | 3.0 |
`,
    );
  });

  it("marks a run that went wrong, and says how", () => {
    const table = resultsTable([cnn, collapsed], { format: "plain" });
    expect(table).toMatch(/^cnn {7}0/m);
    expect(table).toMatch(/^mha ! +0/m);
    expect(table).toContain(
      "\n! mha, seed 0, collapsed in epoch 2, with an accuracy near chance: 11.35 % after epoch 3, the\nlast.\n",
    );
    expect(resultsTable([collapsed], { format: "markdown" })).toContain("| mha ! | 0 |");
  });

  it("leaves the seconds out where they are not wanted", () => {
    expect(resultsTable([cnn], { format: "plain", times: false })).not.toContain("s/epoch");
  });

  it("shows a run without epochs", () => {
    const table = resultsTable([fakeRun("stn", [])], { format: "plain" });
    expect(table).toContain("stn, seed 0: 0 of 1 epochs ran (stopped).");
    expect(resultsTable([], { format: "plain" })).toBe("No runs.\n");
  });

  it("separates data", () => {
    const table = resultsTable([cnn, ownRun("tiny", [[0.3, 9300]])], { format: "plain" });
    expect(table).toMatch(/^Data: mnist\n[\s\S]*\nData: shapes\n/);
  });
});

describe("annotations of a table", () => {
  const annotations: ReportAnnotations = {
    ...noAnnotations,
    beside: (runs) => ({
      ...noAnnotations.beside(runs),
      columns: [
        {
          group: "parameters",
          title: "claimed",
          align: "right",
          fullTitle: "parameters, claimed",
          content: ({ parameters }) => String(parameters + 1),
        },
        {
          group: "theirs",
          title: "old",
          align: "right",
          content: (_, { record }) =>
            record.model === "cnn" ? { remark: "they have | none" } : "1.0",
        },
        { group: "theirs", title: "new", align: "right", content: () => "2.0" },
      ],
      notes: [`They say it of ${runs.length} runs.`],
    }),
  };

  it("stand in their groups; a remark takes the place of its group", () => {
    expect(resultsTable([cnn, stn], { format: "plain", annotations })).toBe(
      `                   parameters            accuracy, % @ epoch            theirs
model  seed  working  claimed       best  lowest loss   last  old          new  s/epoch
─────  ────  ───────  ───────  ─────────  ───────────  ─────  ───  ───────────  ───────
cnn       0   21,840    21841  97.00 @ 2    97.00 @ 2  97.00  they have | none      3.0
stn       3   27,360    27361  97.10 @ 2    97.10 @ 2  97.10  1.0          2.0      3.1

They say it of 2 runs.
stn, seed 3: 3 of 5 epochs ran (stopped).
`,
    );
    expect(resultsTable([cnn], { format: "markdown", annotations })).toBe(
      `| model | seed | parameters, working | parameters, claimed | best, % @ epoch | lowest loss, % @ epoch | last, % | theirs, old | theirs, new | s/epoch |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| cnn | 0 | 21,840 | 21841 | 97.00 @ 2 | 97.00 @ 2 | 97.00 | they have \\| none | – | 3.0 |

They say it of 1 runs.
`,
    );
  });

  it("have their notes broken at the terminal's width, and not the table", () => {
    const plain = resultsTable([cnn, stn], { format: "plain", annotations });
    const small = resultsTable([cnn, stn], { format: "plain", annotations, width: 20 });
    const [table, notes] = small.split("\n\n");
    expect(table).toBe(plain.split("\n\n")[0]);
    for (const line of notes!.split("\n")) expect(line.length).toBeLessThanOrEqual(20);
    expect(notes!.split(/\s+/)).toEqual(plain.split("\n\n")[1]!.split(/\s+/));
    expect(resultsTable([cnn, stn], { format: "plain", annotations, width: 200 })).toBe(plain);
  });
});
