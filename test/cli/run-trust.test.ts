import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { OutputPlace } from "../../src/cli/output-folder.js";
import { lockFolder } from "../../src/files/folder-lock.node.js";
import { digits } from "../../src/index.js";
import { models } from "../../src/models/index.js";
import { recordTraining } from "../../src/runs/record-training.node.js";
import { writeSettings } from "../../src/runs/reproduction.node.js";
import { isRun, runFiles } from "../../src/runs/run-folder.node.js";
import { killAt, restoreOperations } from "../files/faults.js";
import { fakeTrainer } from "../runs/fake-trainer.js";
import { killOwner, recordTiny } from "../runs/tiny-run.js";
import { runEach } from "./run-fovea.js";

let folder: string;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fovea-run-trust-"));
  const data = digits();
  const settings = { epochs: 2, seed: 0, batchSize: 64, learningRate: 0.01 };
  for (const [name, losses] of [
    ["cnn", [2, 1]],
    ["diverged", [2, Number.NaN]],
  ] as const) {
    await recordTraining(
      { directory: at("all", name), model: models.cnn, data, ...settings },
      fakeTrainer(losses),
    );
  }
  const choice = { choice: at("moved away"), name: "digits", digest: data.digest };
  writeSettings(at("all"), { format: 1, ...settings, models: ["cnn"], data: choice });
});
afterAll(() => rmSync(folder, { recursive: true }));

test("commands say what is wrong with a run, and continue where they can", () => {
  const run = join("all", "cnn");
  writeFileSync(at(run, "views.json"), "[");
  const lock = lockFolder(at(run));
  const [evaluated, diverged, reported, locked] = runEach(
    [
      ["evaluate", run, "--json"],
      ["report", join("all", "diverged")],
      ["report", run],
      ["train", "--resume", run, "--epochs", "3"],
    ],
    folder,
  );
  // Its metrics are a fake trainer's: 90 of the images.
  expect(JSON.parse(evaluated!.stdout).recorded).toEqual({ epoch: 2, correct: 90 });
  expect(evaluated!.stderr).toContain(
    "warning: the run noted 90 correct after epoch 2: its weights or metrics were changed, or this engine rounds differently\n",
  );
  const text = "cnn, seed 0, diverged in epoch 2, where its loss stopped being finite";
  expect(diverged!.stdout).toContain(text);
  expect(readFileSync(at("all", "diverged", "report.html"), "utf8")).toContain(
    "diverged in epoch 2, where its loss stopped being finite",
  );
  expect(reported!.stderr).toMatch(/^warning: all\/cnn\/views\.json: expected .*; left out\n$/);
  expect(reported!.code).toBe(0);
  expect(locked!.stderr).toContain(
    `${run}: expected a folder that no other process writes to, got one in use by process ${process.pid} on `,
  );
  expect(locked!.code).toBe(2);
  lock.release();
});

test("fovea reproduce --resume finds moved data, locks its folder and checks what is done", () => {
  const [again] = runEach([["reproduce", "--resume", "all"]], folder);
  // Its views, which could not be read, are made again.
  expect(again!.stdout).toContain(
    `report: ${join("all", "report.html")}\nopen it in the studio:\n  fovea studio all\n`,
  );
  expect(again!.code).toBe(0);
  const lock = lockFolder(at("all"));
  const { last } = runFiles(join("all", "cnn"));
  const bytes = readFileSync(at(last));
  const [locked] = runEach([["reproduce", "--resume", "all"]], folder);
  expect(locked!.stderr).toContain("fovea reproduce: all: expected a folder that no other process");
  lock.release();
  writeFileSync(at(last), bytes.subarray(0, 1000));
  const [cut] = runEach([["reproduce", "--resume", "all"]], folder);
  expect(cut!.stderr).toContain(`fovea reproduce: ${last}: expected the file that its run wrote`);
  expect([locked!.code, cut!.code]).toEqual([2, 2]);
  expect(readdirSync(at("all"))).not.toContain("lock.json");
});

describe("a place to write to", () => {
  afterEach(() => {
    restoreOperations();
    rmSync(at("out"), { recursive: true, force: true });
  });

  test("may be what a kill before the first step left, and nothing else", async () => {
    for (let step = 0; ; step++) {
      killAt(step);
      await recordTiny(at("out")).catch(() => {});
      restoreOperations();
      if (isRun(at("out"))) break;
      killOwner(at("out"));
      expect(new OutputPlace("fovea train", at("out")).folder("x")).toBe(at("out"));
      rmSync(at("out"), { recursive: true, force: true });
    }
    expect(() => new OutputPlace("fovea train", at("out"))).toThrow("a new or empty folder");
  });

  test.each(["model.json", "metrics.csv", "photo.png"])("is not one that holds %s", (name) => {
    mkdirSync(at("out"));
    writeFileSync(at("out", name), "mine");
    expect(() => new OutputPlace("fovea train", at("out"))).toThrow("a new or empty folder");
  });

  test("is removed with the folders above it where nothing was written", () => {
    const place = new OutputPlace("fovea train", at("out", "of", "mine"));
    expect(readdirSync(at("out"))).toEqual(["of"]);
    place.removeUnused();
    expect(readdirSync(folder)).not.toContain("out");
  });
});

test("a run is not compared with what it noted where it is evaluated on other data", () => {
  const run = join("all", "diverged");
  const [other] = runEach([["evaluate", run, "--data", "digits-300-100", "--json"]], folder);
  expect(JSON.parse(other!.stdout)).not.toHaveProperty("recorded");
  expect(other!.stderr).not.toContain("warning");
});
