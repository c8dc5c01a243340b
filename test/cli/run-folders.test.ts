import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Interruption } from "../../src/cli/interruption.js";
import { loadChosenData } from "../../src/cli/load-chosen-data.js";
import { digits } from "../../src/index.js";
import { models } from "../../src/models/index.js";
import { recordTraining } from "../../src/runs/record-training.node.js";
import { readSettings, writeSettings } from "../../src/runs/reproduction.node.js";
import { readRecord, runFiles, writeRecord } from "../../src/runs/run-folder.node.js";
import { runSpecDigest } from "../../src/runs/run-spec.js";
import { emptyData, fakeTrainer } from "../runs/fake-trainer.js";
import { fewDigits, runEach, runFovea, type Variables } from "./run-fovea.js";

const counts = { train: 1000, test: 1000 };

let folder: string;
let digest: string;

/** A folder of `fovea reproduce` with cnn trained for 2 epochs on the digits. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fovea-run-folders-"));
  const data = digits(counts);
  digest = data.digest;
  const settings = { epochs: 2, seed: 0, batchSize: 64, learningRate: 0.01 };
  const directory = join(folder, "all", "cnn");
  await recordTraining({ directory, model: models.cnn, data, ...settings }, fakeTrainer([2, 1]));
  const broken = { directory: join(folder, "broken"), model: models.cnn, data, ...settings };
  await recordTraining(broken, fakeTrainer([2, Number.NaN]));
  const choice = { choice: "digits", digest };
  writeSettings(join(folder, "all"), { format: 1, ...settings, models: ["cnn"], data: choice });
  const other = { directory: join(folder, "other"), model: models.cnn, data: emptyData } as const;
  await recordTraining({ ...other, ...settings }, fakeTrainer([2, 1]));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Every file with its content. */
function everything(path: string): Record<string, string> {
  const names = readdirSync(path, { recursive: true, withFileTypes: true });
  const files = names.filter((each) => each.isFile());
  return Object.fromEntries(
    files.map(({ name, parentPath }) => {
      const file = join(parentPath, name);
      return [file, readFileSync(file, "base64")];
    }),
  );
}

/** Runs a command on as few digits as the folders were trained on. */
const run = (args: readonly string[], variables: Variables = {}) =>
  runFovea(args, folder, { ...fewDigits(counts), ...variables });

/** What a command says that must be refused, and leave every file as it is. */
function refused(args: string, path: string): string {
  const before = everything(join(folder, path));
  const { code, stderr } = run(args.split(" "));
  expect(code).toBe(2);
  expect(everything(join(folder, path))).toEqual(before);
  return stderr.replace(/^writing the built-in digits\n/, "");
}

describe("a folder of fovea reproduce in place of a run", () => {
  test("to evaluate", () => {
    expect(refused("evaluate all", "all")).toBe(
      "fovea evaluate: all: expected a run folder, got a folder of fovea reproduce (did you mean all/cnn?)\n",
    );
  });

  test("to resume, in a command that npm takes", () => {
    const npm = { npm_lifecycle_event: "fovea" };
    const { stderr } = run(["train", "--resume", "all"], npm);
    expect(stderr).toContain("(did you mean all/cnn, or npm run fovea -- reproduce --resume all?)");
  });

  test("to resume", () => {
    expect(refused("train --resume all", "all")).toBe(
      "fovea train: all: expected a run folder, got a folder of fovea reproduce (did you mean all/cnn, or fovea reproduce --resume all?)\n",
    );
  });
});

describe("weights in a file", () => {
  test("are refused other data than they were trained on, unless it is asked for", () => {
    const file = "other/best.safetensors";
    const noMnist = {
      XDG_CACHE_HOME: join(folder, "none"),
      FOVEA_DATA: "",
      ...fewDigits(counts),
      // No proxy listens here, so nothing is downloaded.
      https_proxy: "http://127.0.0.1:1",
      no_proxy: "",
    };
    const asked = run(["evaluate", file, "--data", "digits", "--json"], noMnist);
    expect(JSON.parse(asked.stdout)).toMatchObject({
      data: { name: "digits", digest },
      batchSize: 64,
      weights: file,
    });
    const { code, stderr, stdout } = run(["evaluate", file], noMnist);
    expect(stderr).toMatch(
      /^fovea evaluate: other\/best\.safetensors: expected the weights' data \(0123456789ab\), got \w+ \([0-9a-f]{12}\); --data chooses it\n$/m,
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});

describe("fovea report", () => {
  test("counts a run once", () => {
    const [three, two] = runEach(
      [
        ["report", "all/cnn", "all/cnn/", "all"],
        ["report", "other", "./other"],
      ],
      folder,
    );
    expect(three!.code).toBe(0);
    expect(three!.stdout.match(/^cnn /gm)).toHaveLength(1);
    expect(two!.stdout).toContain(`report: ${join("other", "report.html")}\n`);
  });

  test("is not written into another run", () => {
    expect(refused("report all/cnn --out other", "other")).toBe(
      "fovea report: other: expected a folder without a run, or with one of the runs given, got one with another run\n",
    );
  });
});

test("fovea train warns of a run that collapsed", () => {
  const { code, stdout, stderr } = run(["train", "--resume", "broken"]);
  expect(code).toBe(0);
  expect(stderr).toContain(
    "warning: cnn, seed 0, diverged in epoch 2, where its loss stopped being finite: 9.00 % after epoch 2, the last\n",
  );
  expect(stdout).toContain("run: broken\n");
});

describe("resuming", () => {
  test("fovea reproduce says that all is done", () => {
    const { code, stdout } = run(["reproduce", "--resume", "all"]);
    expect(code).toBe(0);
    expect(stdout).toContain("cnn: trained already\n");
    expect(stdout).toMatch(/all 2 epochs are done; --epochs 4 goes further\n$/);
  });

  test.each([
    ["cnn", 1, {}, "seed 0, as reproduce.json, got 1"],
    ["cnn", 0, { batchSize: 32 }, "batch size 64, as reproduce.json, got 32"],
    ["cnn", 0, { learningRate: 0.1 }, "learning rate 0.01, as reproduce.json, got 0.1"],
    ["stn", 0, {}, "model cnn, as reproduce.json, got stn"],
  ])(
    "fovea reproduce refuses a run of another recipe: %s, seed %i, %j",
    (model, seed, change, message) => {
      cpSync(join(folder, "all"), join(folder, "mixed"), { recursive: true });
      const run = join(folder, "mixed", "cnn");
      const record = readRecord(run);
      const spec = { ...record.spec, seed, recipe: { ...record.spec.recipe, ...change } };
      writeRecord(run, { ...record, model, spec, digest: runSpecDigest(spec) });
      expect(refused("reproduce --resume mixed", "mixed")).toBe(
        `fovea reproduce: ${join("mixed", "cnn")}: expected ${message}\n`,
      );
      rmSync(join(folder, "mixed"), { recursive: true });
    },
  );

  test("fovea reproduce refuses a run on other data", () => {
    cpSync(join(folder, "all"), join(folder, "mixed"), { recursive: true });
    const run = join(folder, "mixed", "cnn");
    const record = readRecord(run);
    writeRecord(run, { ...record, data: { ...record.data, digest: emptyData.digest } });
    expect(readSettings(join(folder, "mixed")).data.digest).toBe(digest);
    expect(refused("reproduce --resume mixed", "mixed")).toBe(
      `fovea reproduce: ${join("mixed", "cnn")}: expected data ${digest.slice(0, 12)}, as reproduce.json, got 0123456789ab\n`,
    );
    rmSync(join(folder, "mixed"), { recursive: true });
  });

  test("fovea reproduce refuses damaged weights before it writes how many epochs are wanted", () => {
    cpSync(join(folder, "all"), join(folder, "damaged"), { recursive: true });
    const { last } = runFiles(join("damaged", "cnn"));
    writeFileSync(join(folder, last), "no weights");
    expect(refused("reproduce --resume damaged --epochs 3", "damaged")).toContain(
      `fovea reproduce: ${last}: expected `,
    );
    expect(readSettings(join(folder, "damaged")).epochs).toBe(2);
  });

  test("fovea train refuses a run without its last weights", () => {
    cpSync(join(folder, "all", "cnn"), join(folder, "lost"), { recursive: true });
    const { last } = runFiles("lost");
    rmSync(join(folder, last));
    expect(refused("train --resume lost --epochs 3", "lost")).toBe(
      `fovea train: ${last}: expected the weights of epoch 2 to resume this run, got no such file or folder\n`,
    );
  });
});

test("Ctrl-C while the data load ends it, although loading blocks the thread", async () => {
  const interruption = new Interruption();
  interruption.announce = () => {};
  try {
    const loading = loadChosenData({ choice: "digits", options: {} }, interruption);
    process.kill(process.pid, "SIGTERM");
    await expect(loading).rejects.toMatchObject({ name: "AbortError" });
  } finally {
    interruption.close();
  }
});
