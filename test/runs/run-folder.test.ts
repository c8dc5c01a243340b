import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeAtomically } from "../../src/files/write-file.node.js";
import { graphHash } from "../../src/graph/graph-codec.js";
import { models } from "../../src/models/index.js";
import { encodeModel } from "../../src/runs/model-codec.js";
import { recordTraining } from "../../src/runs/record-training.node.js";
import {
  createDatedFolder,
  readRecord,
  readRun,
  runFiles,
  writeRecord,
} from "../../src/runs/run-folder.node.js";
import { runSpecDigest } from "../../src/runs/run-spec.js";
import { emptyData, fakeTrainer } from "./fake-trainer.js";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "fovea-folder-"));
});
afterEach(() => rmSync(parent, { recursive: true }));

describe("createDatedFolder", () => {
  const now = new Date(2026, 10, 23, 14, 25, 3);

  test("names a folder by local time, and never takes one that is there", () => {
    const runs = join(parent, "runs");
    const created = [1, 2, 3].map(() => createDatedFolder(runs, "stn-seed0", now));
    expect(created).toEqual([
      join(runs, "2026-11-23-142503-stn-seed0"),
      join(runs, "2026-11-23-142503-stn-seed0-2"),
      join(runs, "2026-11-23-142503-stn-seed0-3"),
    ]);
    expect(readdirSync(runs).length).toBe(3);
  });

  test("says where it cannot write", () => {
    const file = join(parent, "file");
    writeFileSync(file, "");
    expect(() => createDatedFolder(file, "stn-seed0", now)).toThrow(
      `${file}: expected an output folder that can be written, got a file`,
    );
  });
});

describe("writeAtomically", () => {
  test("replaces a file and leaves nothing else", () => {
    const path = join(parent, "a.txt");
    writeAtomically(path, "one");
    writeAtomically(path, new TextEncoder().encode("two"));
    expect(readFileSync(path, "utf8")).toBe("two");
    expect(readdirSync(parent)).toEqual(["a.txt"]);
  });

  test("keeps the old file and cleans up where it fails", () => {
    const path = join(parent, "a");
    mkdirSync(join(path, "b"), { recursive: true });
    expect(() => writeAtomically(path, "one")).toThrow(`${path}: expected a file that can be`);
    expect(readdirSync(parent)).toEqual(["a"]);
  });
});

describe("readRun", () => {
  const write = async () => {
    const directory = join(parent, "run");
    const settings = { epochs: 1, seed: 0, batchSize: 64, learningRate: 0.01 };
    const options = { directory, model: models.mha, data: emptyData, ...settings } as const;
    await recordTraining(options, fakeTrainer([1]));
    return directory;
  };

  test.each([
    ["nothing", "nothing", "no such file or folder"],
    ["a path through a file", "file/x", "no such file or folder"],
    ["a file", "file", "a file"],
    ["another folder", "folder", "a folder without run.json"],
  ])("refuses %s", (_, name, got) => {
    writeFileSync(join(parent, "file"), "");
    mkdirSync(join(parent, "folder"));
    const path = join(parent, name);
    expect(() => readRun(path)).toThrow(`${path}: expected a run folder, got ${got}`);
  });

  test.each<[string, (record: ReturnType<typeof JSON.parse>) => void, string]>([
    ["another format", (r) => (r.format = 3), "got 3"],
    ["no name", (r) => delete r.model, "got nothing"],
    ["no spec", (r) => delete r.spec, "got nothing"],
    ["no seed", (r) => delete r.spec.seed, "got nothing"],
    ["a seed beyond 32 bits", (r) => (r.spec.seed = 2 ** 32), "got 4294967296"],
    ["something unknown in its spec", (r) => (r.spec.momentum = 0.9), "momentum"],
  ])("refuses a record with %s", async (_, change, message) => {
    const directory = await write();
    const path = runFiles(directory).record;
    const record = JSON.parse(readFileSync(path, "utf8"));
    change(record);
    writeFileSync(path, JSON.stringify(record));
    expect(() => readRun(directory)).toThrow(`${path}: expected valid content (`);
    expect(() => readRun(directory)).toThrow(message);
  });

  test("refuses a spec that is not the digest's", async () => {
    const directory = await write();
    const path = runFiles(directory).record;
    writeFileSync(path, readFileSync(path, "utf8").replace('"seed": 0', '"seed": 1'));
    expect(() => readRun(directory)).toThrow(
      /run\.json: expected a spec with digest [0-9a-f]{12}, got/,
    );
  });

  test("has its model from its folder, whatever its name", async () => {
    const directory = await write();
    const { model } = runFiles(directory);
    const { files: _, ...record } = readRecord(directory);
    writeRecord(directory, { ...record, model: "mine" });
    const run = readRun(directory);
    expect(run.model).toEqual({ name: "mine", graph: models.mha.build(emptyData).graph });
    writeFileSync(model, encodeModel(models.cnn.build(emptyData)));
    expect(() => readRun(directory)).toThrow(`${model}: expected the model of run.json (`);
    rmSync(model);
    expect(() => readRun(directory)).toThrow(`${model}: expected a run's model, got no such file`);
  });

  describe("of format 1", () => {
    const formatOne = (model: string) => {
      const text = readFileSync(
        new URL("../../results/paper/mha/run.json", import.meta.url),
        "utf8",
      );
      const directory = join(parent, "old");
      mkdirSync(directory);
      writeFileSync(
        runFiles(directory).record,
        text.replace('"model": "mha"', `"model": "${model}"`),
      );
      return directory;
    };

    test("is read where its model is in the catalogue", () => {
      const { record, model } = readRun(formatOne("mha"));
      const { graph } = models.mha.build(record.data);
      expect(model).toEqual({ name: "mha", graph });
      expect(record).toMatchObject({ format: 2, model: "mha", state: "done" });
      expect(record.spec).toMatchObject({
        model: graphHash(graph),
        recipe: { epochs: 300, batchSize: 64, learningRate: 0.01 },
        seed: 0,
        engine: { build: "relaxed-fma", shards: 8, revision: 1 },
      });
      expect(record.digest).toBe(runSpecDigest(record.spec));
    });

    test("is refused where it is not", () => {
      expect(() => readRun(formatOne("mine"))).toThrow(
        'run.json: expected a run of format 2, or one of format 1 of a model of cnn, stn, coordconv-stn, mha, mha-batch, got format 1 of "mine"',
      );
    });
  });

  test("refuses a record that is no JSON", async () => {
    const directory = await write();
    const { record } = runFiles(directory);
    writeFileSync(record, "{");
    expect(() => readRun(directory)).toThrow(`${record}: expected JSON, got other text`);
  });
});
