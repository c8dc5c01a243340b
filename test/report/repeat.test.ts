import { describe, expect, it } from "vitest";
import { DIGITS_FACTS } from "../../src/data/sources/digits.js";
import { graphHash } from "../../src/graph/graph-codec.js";
import { models } from "../../src/models/index.js";
import { repetition } from "../../src/report/repeat.js";
import type { Run } from "../../src/runs/run-folder.node.js";
import { fakeRun, ownRun } from "./fixtures.js";

const pairs = [[0.2, 9400]] as const;
const { name: _, ...digitsOfSpec } = DIGITS_FACTS;

describe("a command", () => {
  it("repeats a run of the catalogue on data that have a name", () => {
    const runs = [
      fakeRun("cnn", pairs),
      fakeRun("stn", pairs, { seed: 1, data: "digits" }),
      fakeRun("mha", pairs, { recipe: { batchSize: 32 } }),
    ];
    expect(repetition(runs)).toEqual({
      commands: [
        "fovea train cnn --epochs 1 --seed 0 --data mnist",
        "fovea train stn --epochs 1 --seed 1 --data digits",
        "fovea train mha --epochs 1 --seed 0 --data mnist --batch-size 32 --learning-rate 0.01",
      ],
      remarks: [],
    });
  });

  it("repeats a run with options of its model, a penalty, and fewer training images", () => {
    const input = { channels: 1, rows: 28, columns: 28, classes: 10 };
    const { graph, options } = models.looks.build(input, { transformer: "affine", heads: 1 });
    const run = fakeRun("looks", pairs, { data: "mnist", recipe: { penalty: { transform: 0.1 } } });
    const spec = {
      ...run.record.spec,
      model: graphHash(graph),
      data: { ...run.record.spec.data, digest: "cd".repeat(32) },
    };
    const data = { ...run.record.data, options: { trainImages: 600 } };
    const record = { ...run.record, spec, data, ...(options && { options }) };
    expect(repetition([{ ...run, record }])).toEqual({
      commands: [
        "fovea train looks --set transformer=affine,heads=1 --epochs 1 --seed 0 --data mnist --train-images 600 --batch-size 64 --learning-rate 0.01 --transform-penalty 0.1",
      ],
      remarks: [],
    });
  });

  it("repeats several runs where the caller knows one that does", () => {
    const runs = [fakeRun("cnn", pairs), fakeRun("stn", pairs), fakeRun("mha", pairs)];
    const specs = runs.slice(0, 2).map(({ record }) => record.digest);
    const joint = { specs, command: "fovea both" };
    // As read again from their folders.
    expect(repetition(structuredClone(runs), [joint]).commands).toEqual([
      "fovea both",
      "fovea train mha --epochs 1 --seed 0 --data mnist",
    ]);
  });
});

describe("what no command repeats", () => {
  const remarkOf = (run: Run) => {
    const { commands, remarks } = repetition([run]);
    expect(commands).toEqual([]);
    return remarks[0]!;
  };
  const withSpecData = (run: Run, data: Partial<Run["record"]["spec"]["data"]>): Run => {
    const { record } = run;
    const spec = { ...record.spec, data: { ...record.spec.data, ...data } };
    return { ...run, record: { ...record, spec } };
  };

  it("is a run on data that a program handed in, and it says what it takes", () => {
    const run = fakeRun("cnn", pairs, { data: "pictures", source: "my data's" });
    expect(remarkOf(run)).toBe(
      "No command repeats cnn (seed 0), as the data were handed in by a program. It takes a program that calls recordTraining with the network of the run's model.json, the data with SHA-256 abababababab (pictures) and the settings below: the same spec gives the same bits.",
    );
  });

  it.each([
    [
      "a part of the digits",
      fakeRun("cnn", pairs, { data: "digits" }),
      { digest: "cd".repeat(32) },
    ],
    ["another normalisation", fakeRun("cnn", pairs, { data: "digits" }), { mean: 0 }],
    ["other data by the name of known ones", fakeRun("cnn", pairs), { digest: "cd".repeat(32) }],
  ])("is a run on %s", (_, run, data) => {
    expect(remarkOf(withSpecData(run, data))).toContain("as the data were handed in by a program.");
  });

  it("is a run of a network of one's own, even by a name of the catalogue", () => {
    for (const name of ["tiny", "cnn"]) {
      const run = withSpecData(ownRun(name, pairs), digitsOfSpec);
      expect(remarkOf(run)).toContain(`${name} (seed 0), as the network is not of the catalogue.`);
    }
  });

  it("is a network of the catalogue that was built for other images", () => {
    const run = ownRun("stn", pairs);
    expect(remarkOf(run)).toContain(
      "as the network is not of the catalogue and the data were handed in by a program.",
    );
  });

  it("is given once for all runs with the same reason", () => {
    const runs = [ownRun("tiny", pairs), ownRun("tiny", pairs, { seed: 1 }), ownRun("big", pairs)];
    const { remarks } = repetition([...runs, fakeRun("cnn", pairs, { data: "pictures" })]);
    expect(remarks).toHaveLength(2);
    expect(remarks[0]).toContain("repeats tiny (seed 0), tiny (seed 1) or big (seed 0), as");
  });
});
