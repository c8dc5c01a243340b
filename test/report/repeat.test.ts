import { describe, expect, it } from "vitest";
import { DIGITS_FACTS } from "../../src/data/sources/digits.js";
import { graphHash } from "../../src/graph/graph-codec.js";
import { models } from "../../src/models/index.js";
import { configurationMarkup } from "../../src/report/configuration-section.js";
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

describe("a command with files of a user", () => {
  const module = { file: "./my net.ts", sha256: "12".repeat(32) };
  const pictures = { data: "pictures", source: "/home/you/pictures" };

  it("names the module and the options of the network, and says what has to be as it was", () => {
    const run = ownRun("tiny", pairs, { record: { module, options: { width: 24, pool: "max" } } });
    const digits = { ...run.record.spec, data: digitsOfSpec };
    const { commands, remarks } = repetition([{ ...run, record: { ...run.record, spec: digits } }]);
    expect(commands).toEqual([
      "fovea train './my net.ts' --set width=24,pool=max --epochs 1 --seed 0 --data digits",
    ]);
    expect(remarks).toEqual(["It takes ./my net.ts with SHA-256 121212121212, as they were."]);
  });

  it("names the folder of the data and how they were read", () => {
    const run = fakeRun("cnn", pairs, pictures);
    const options = { size: [32, 48], fit: "crop", grey: true } as const;
    const data = { ...run.record.data, options };
    const { commands, remarks } = repetition([{ ...run, record: { ...run.record, data } }]);
    expect(commands).toEqual([
      "fovea train cnn --epochs 1 --seed 0 --data /home/you/pictures --size 32x48 --fit crop --grey",
    ]);
    expect(remarks).toEqual([
      "It takes the data in /home/you/pictures with SHA-256 abababababab, as they were.",
    ]);
  });

  it("has the options of a network of the catalogue that differ from its defaults", () => {
    const input = { channels: 1, rows: 28, columns: 28, classes: 10 };
    const options = { width: 24, dropout: 0 };
    const { graph } = models.lenet3.build(input, options);
    const run = fakeRun("lenet3", pairs, { data: "digits", record: { options } });
    const spec = { ...run.record.spec, model: graphHash(graph) };
    expect(repetition([{ ...run, record: { ...run.record, spec } }]).commands).toEqual([
      "fovea train lenet3 --set width=24 --epochs 1 --seed 0 --data digits",
    ]);
  });

  it("is shown with both in the configuration of a run", () => {
    const run = ownRun("tiny", pairs, { record: { module, options: { width: 24 } } });
    const markup = configurationMarkup([run], []);
    expect(markup).toContain("<td>width=24</td>");
    expect(markup).toContain("<td>./my net.ts, SHA-256 121212121212</td>");
    expect(configurationMarkup([fakeRun("cnn", pairs)], [])).not.toContain("module");
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
