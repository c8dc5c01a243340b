import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digits } from "../../src/index.js";
import { models } from "../../src/models/index.js";
import { readRun, recordTraining, runFiles } from "../../src/node.js";
import { fewDigits, runEach, runFovea, runUnread } from "./run-fovea.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-end-to-end-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = (path: string) => readFileSync(path).toString("base64");

it("trains, evaluates and reports on all built-in digits", () => {
  const args = ["train", "cnn", "--epochs", "1", "--data", "digits", "--threads", "2"];
  const trained = runFovea([...args, "--out", "all"], folder);
  expect(trained.code).toBe(0);
  expect(trained.stdout).toContain("data: digits, the built-in handwriting, as chosen\n");
  expect(trained.stdout).toMatch(/^cnn +epoch 1\/1 /m);
  expect(trained.stdout).toContain("run: all\n");

  const [epoch] = readRun(join(folder, "all")).metrics;
  // Chance is 0.1.
  expect(epoch!.validationAccuracy).toBeGreaterThan(0.5);
  const evaluated = runFovea(["evaluate", "all", "--json"], folder);
  expect(evaluated.stderr).toBe("writing the built-in digits\n");
  expect(JSON.parse(evaluated.stdout)).toEqual({
    model: "cnn",
    correct: epoch!.validationCorrect,
    total: 10_000,
    accuracy: epoch!.validationAccuracy,
    loss: epoch!.validationLoss,
    data: { name: "digits", digest: readRun(join(folder, "all")).record.data.digest },
    batchSize: 64,
    order: "file",
    weights: "best",
    withoutPrediction: 0,
    unused: [],
    recorded: { epoch: 1, correct: epoch!.validationCorrect },
  });

  const reported = runFovea(["report", "all"], folder);
  expect(reported).toMatchObject({ code: 0, stderr: "" });
  expect(reported.stdout).toContain(`report: ${join("all", "report.html")}\n`);
  expect(existsSync(join(folder, "all", "report.html"))).toBe(true);
});

describe("a run on few digits", () => {
  const counts = { train: 2000, test: 500 };
  const run = (...commands: string[][]) => runEach(commands, folder, fewDigits(counts));

  beforeAll(async () => {
    const recipe = { epochs: 1, seed: 0, batchSize: 64, learningRate: 0.01 };
    const directory = join(folder, "one");
    await recordTraining({ directory, model: models.cnn, data: digits(counts), ...recipe });
  });

  it("is exported for PyTorch and back, the same bytes each time, and replaces nothing", () => {
    const export_ = (...args: string[]) => ["export", "one", ...args];
    const [exported, again] = run(export_("one.pt"), export_("one.pt"));
    const text = "21,840 values in 8 tensors\n";
    expect(exported).toMatchObject({ code: 0, stdout: `one.pt: ${text}`, stderr: "" });
    expect(again).toMatchObject({
      code: 2,
      stderr: "fovea export: expected OUT to be a new file (--force replaces one), got one.pt\n",
    });
    const first = bytes(join(folder, "one.pt"));
    const [forced, , evaluated, evaluatedFile] = run(
      export_("one.pt", "--force", "--last"),
      export_("one.safetensors"),
      ["evaluate", "one", "--json"],
      ["evaluate", "one.pt", "--data", "digits", "--json"],
    );
    expect(forced!.code).toBe(0);
    // One epoch: the best weights are the last.
    expect(bytes(join(folder, "one.pt"))).toBe(first);
    expect(bytes(join(folder, "one.safetensors"))).toBe(bytes(runFiles(join(folder, "one")).best));
    const { recorded, ...evaluation } = JSON.parse(evaluated!.stdout);
    expect(recorded).toEqual({ epoch: 1, correct: evaluation.correct });
    expect(evaluation).toMatchObject({ total: counts.test, weights: "best" });
    expect(JSON.parse(evaluatedFile!.stdout)).toEqual({ ...evaluation, weights: "one.pt" });
  });

  it("is evaluated in another order of the images", () => {
    const evaluate = ["evaluate", "one", "--json", "--order"];
    const [filed, shuffled, byClass] = run(
      [...evaluate, "file"],
      [...evaluate, "shuffled", "--seed", "3"],
      [...evaluate, "class"],
    ).map(({ stdout }) => JSON.parse(stdout));
    expect(shuffled).toMatchObject({ order: "shuffled", seed: 3 });
    // Images do not see each other in cnn.
    expect(shuffled.correct).toBe(filed.correct);
    expect(byClass.correct).toBe(filed.correct);
  });

  it("is evaluated where nobody reads the progress", async () => {
    const args = ["evaluate", "one", "--last"];
    const { code, stdout } = await runUnread(args, folder, fewDigits(counts));
    expect(stdout).toMatch(/^data: digits, the built-in handwriting, as chosen\ncnn: /);
    expect(code).toBe(0);
  });

  it("is finished, which resuming it says", () => {
    const [again] = run(["train", "--resume", "one"]);
    expect(again!.code).toBe(0);
    expect(again!.stdout).toContain("all 1 epoch is done; --epochs 2 goes further\nrun: one\n");
  });
});
