import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dataset, digits, type EpochMetrics, modelNames } from "../../src/index.js";
import { models } from "../../src/models/index.js";
import {
  type RecordTrainingOptions,
  type Run,
  readAuditRecord,
  readRun,
  recordTraining,
  runFiles,
  writeReport,
} from "../../src/node.js";
import { expectWellFormed } from "../report/well-formed.js";
import { interruptFovea, runFovea, runUnread } from "./run-fovea.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-end-to-end-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The part of the output that a run repeats exactly, without times. */
function figures(metrics: readonly EpochMetrics[]): Partial<EpochMetrics>[] {
  return metrics.map(({ seconds, imagesPerSecond, ...rest }) => rest);
}

const bytes = (path: string) => readFileSync(path).toString("base64");

/** The files of a run without times, speed and the number of parts. */
function content(directory: string): string[] {
  const { best, last, views } = runFiles(directory);
  return [best, last, views].map(bytes);
}

describe("a few images", () => {
  let data: Dataset;
  beforeAll(() => {
    data = digits({ train: 650, test: 200 });
  });

  const record = (name: string, change: Partial<RecordTrainingOptions> = {}): Promise<Run> =>
    recordTraining({
      directory: join(folder, name),
      model: models.stn,
      data,
      epochs: 2,
      seed: 3,
      batchSize: 64,
      learningRate: 0.01,
      threads: 2,
      ...change,
    });

  it.each(modelNames)("train %s to the same bytes on 1, 2 and 3 threads", async (model) => {
    const runs = [];
    for (const threads of [1, 2, 3]) {
      const run = await record(`${model}-${threads}-threads`, { model: models[model], threads });
      expect(run.record.threads).toBe(threads);
      runs.push(run);
    }
    for (const { directory, metrics } of runs.slice(1)) {
      expect(figures(metrics)).toEqual(figures(runs[0]!.metrics));
      expect(content(directory)).toEqual(content(runs[0]!.directory));
    }
  });

  it("train to other bytes with another seed", async () => {
    const one = await record("seed-3");
    const other = await record("seed-4", { seed: 4 });
    expect(content(other.directory)).not.toEqual(content(one.directory));
  });

  it.each(["stn", "mha-batch"] as const)(
    "train %s to the same bytes when stopped after an epoch and resumed",
    async (model) => {
      const whole = await record(`${model}-whole`, { model: models[model], epochs: 3 });
      const controller = new AbortController();
      const stopped = await record(`${model}-parts`, {
        model: models[model],
        epochs: 3,
        signal: controller.signal,
        onEpoch: () => controller.abort(),
      });
      expect(stopped.record.state).toBe("stopped");
      expect(stopped.metrics).toHaveLength(1);
      const resumed = await record(`${model}-parts`, {
        model: models[model],
        epochs: 3,
        resume: true,
      });
      expect(resumed.record.state).toBe("done");
      expect(figures(resumed.metrics)).toEqual(figures(whole.metrics));
      expect(content(resumed.directory)).toEqual(content(whole.directory));
    },
  );

  it("make a report of all models", async () => {
    const runs = [];
    for (const model of modelNames) {
      runs.push(await record(`report-${model}`, { model: models[model], epochs: 1 }));
    }
    const { html, table } = await writeReport(
      runs.map(({ directory }) => directory),
      join(folder, "report"),
    );
    const page = readFileSync(html, "utf8");
    const rows = readFileSync(table, "utf8");
    // Loss, accuracy, the networks (two of them in one), and a strip for each that transforms or attends.
    const drawn = readdirSync(join(folder, "report", "figures"));
    expect(drawn).toHaveLength(2 + modelNames.length - 1 + 4);
    expect(page.match(/<figure/g)).toHaveLength(drawn.length);
    for (const name of drawn) {
      expectWellFormed(readFileSync(join(folder, "report", "figures", name), "utf8"));
    }
    for (const model of modelNames) {
      // After ten steps a model may be near chance still, which is marked.
      expect(rows).toMatch(new RegExp(`^\\| ${model}(?: !)? \\| 3 \\|`, "m"));
    }
    expect(drawn).toContain("network-cnn.svg");
    expect(drawn).toContain("network-mha-mha-batch.svg");
  });
});

// Each command first generates all 70,000 digits, so results are reused between tests.
describe("the command line on the built-in digits", () => {
  const options = ["--data", "digits", "--threads", "2"];
  /** What `evaluate one --json` prints. */
  let evaluation: Record<string, unknown>;

  it("trains, evaluates and reports", () => {
    const trained = runFovea(["train", "cnn", "--epochs", "1", ...options, "--out", "one"], folder);
    expect(trained.code).toBe(0);
    expect(trained.stdout).toContain("data: digits, the built-in handwriting, as chosen\n");
    expect(trained.stdout).toMatch(/^cnn +epoch 1\/1 /m);
    expect(trained.stdout).toContain("run: one\n");

    const [epoch] = readRun(join(folder, "one")).metrics;
    // Chance is 0.1.
    expect(epoch!.validationAccuracy).toBeGreaterThan(0.5);
    evaluation = JSON.parse(runFovea(["evaluate", "one", "--json"], folder).stdout);
    expect(evaluation).toEqual({
      model: "cnn",
      correct: epoch!.validationCorrect,
      total: 10_000,
      accuracy: epoch!.validationAccuracy,
      loss: epoch!.validationLoss,
      data: { name: "digits", digest: readRun(join(folder, "one")).record.data.digest },
      batchSize: 64,
      order: "file",
      weights: "best",
      unused: [],
    });

    const reported = runFovea(["report", "one"], folder);
    expect(reported).toMatchObject({ code: 0, stderr: "" });
    expect(reported.stdout).toContain(`report: ${join("one", "report.html")}\n`);
    expect(existsSync(join(folder, "one", "report.html"))).toBe(true);
  });

  it("exports for PyTorch and back, the same bytes each time, and replaces nothing", () => {
    const text = "21,840 values in 8 tensors\n";
    const exported = runFovea(["export", "one", "one.pt"], folder);
    expect(exported).toEqual({ code: 0, stdout: `one.pt: ${text}`, stderr: "" });
    const again = runFovea(["export", "one", "one.pt"], folder);
    expect(again.stderr).toBe(
      "fovea export: expected OUT to be a new file (--force replaces one), got one.pt\n",
    );
    expect(again.code).toBe(2);
    const first = bytes(join(folder, "one.pt"));
    expect(runFovea(["export", "one", "one.pt", "--force", "--last"], folder).code).toBe(0);
    // One epoch: the best weights are the last.
    expect(bytes(join(folder, "one.pt"))).toBe(first);

    runFovea(["export", "one", "one.safetensors"], folder);
    expect(bytes(join(folder, "one.safetensors"))).toBe(bytes(runFiles(join(folder, "one")).best));

    const { stdout } = runFovea(["evaluate", "one.pt", "--data", "digits", "--json"], folder);
    expect(JSON.parse(stdout)).toEqual({ ...evaluation, weights: "one.pt" });
  });

  /** What takes time before an audit begins. */
  const loading = "writing the built-in digits\n";

  it("audits a run, keeps it and reports it", () => {
    const audit = ["audit", "one", "--threads", "2"];
    const saved = runFovea(
      [...audit, "--only", "noise,selection", "--selection-epochs", "0", "--save"],
      folder,
    );
    expect(saved).toMatchObject({ code: 0, stderr: loading });
    const [data, subject, selection, noise, page] = saved.stdout.trimEnd().split("\n");
    expect(data).toBe("data: digits, the built-in handwriting, as chosen");
    expect(subject).toBe("audit: cnn, best weights of one");
    expect(selection).toBe("pass        selection        one epoch, nothing to choose");
    expect(noise).toMatch(
      /^flag {8}noise {12}[\d.]+ %, 95 % interval [\d.]+ to [\d.]+; one seed shows /,
    );
    expect(page).toBe(`audit: ${join("one", "audit.html")}`);
    runFovea(["report", "one"], folder);
    const report = readFileSync(join(folder, "one", "report.html"), "utf8");
    expect(report).toContain('<section id="audit">');
    expect(report).toContain("<h3>one: 1 flagged, 1 passed</h3>");

    const flagged = runFovea([...audit, "--only", "noise", "--json", "--fail-on-flag"], folder);
    expect(flagged).toMatchObject({ code: 3, stderr: loading });
    expect(JSON.parse(flagged.stdout)).toEqual({
      ...readAuditRecord(runFiles(join(folder, "one")).audit),
      checks: [expect.objectContaining({ check: "noise", verdict: "flag" })],
    });
  });

  it("audits a file and an untrained model", () => {
    const only = ["--data", "digits", "--only", "leakage,transformer", "--images", "40"];
    const file = runFovea(["audit", "one.pt", ...only, "--fail-on-flag"], folder);
    expect(file).toMatchObject({ code: 0, stderr: loading });
    expect(file.stdout).toContain("audit: cnn, one.pt\npass        batch leakage ");
    const untrained = runFovea(["audit", "stn", ...only, "--out", "audit"], folder);
    expect(untrained.stdout).toContain(
      "audit: stn, untrained: checks that need trained weights are not made\n",
    );
    expect(untrained.stdout).toContain("not tested  transformer      untrained weights\n");
    expect(readdirSync(join(folder, "audit"))).toEqual(["audit.html", "audit.json"]);
  });

  it("leaves nothing of an audit that is stopped", async () => {
    const stopped = await interruptFovea(
      ["audit", "one", "--out", "stopped"],
      folder,
      "audit: cnn",
    );
    expect(stopped.code).toBe(130);
    expect(existsSync(join(folder, "stopped"))).toBe(false);
  });

  it("continues where nobody reads its progress", async () => {
    const { code, stdout } = await runUnread(["evaluate", "one", "--last"], folder);
    expect(stdout).toMatch(/^data: digits, the built-in handwriting, as chosen\ncnn: /);
    expect(code).toBe(0);
  });

  it("evaluates images in another order", () => {
    const evaluate = (...args: string[]) =>
      JSON.parse(runFovea(["evaluate", "one", "--json", ...args], folder).stdout);
    const shuffled = evaluate("--order", "shuffled", "--seed", "3");
    expect(shuffled).toMatchObject({ order: "shuffled", seed: 3 });
    // In cnn images do not depend on each other.
    expect(shuffled.correct).toBe(evaluation.correct);
    expect(evaluate("--order", "class").correct).toBe(evaluation.correct);
  });

  it("stops after the epoch on Ctrl-C, prints how to resume, and resumes", async () => {
    const train = ["train", "cnn", "--epochs", "2", ...options, "--out", "stopped"];
    const stopped = await interruptFovea(train, folder, "engine: ");
    expect(stopped.stderr).toContain("finishing epoch 1; press Ctrl-C again to quit at once\n");
    expect(stopped.stdout).toContain(
      "stopped after epoch 1 of 2; go on with:\n  fovea train --resume stopped\n",
    );
    expect(stopped.code).toBe(130);
    expect(readRun(join(folder, "stopped"))).toMatchObject({ record: { state: "stopped" } });

    const resumed = runFovea(["train", "--resume", "stopped"], folder);
    expect(resumed).toMatchObject({ code: 0 });
    expect(resumed.stdout).not.toContain("epoch 1/2");
    expect(resumed.stdout).not.toContain("goes further");
    const { record, metrics } = readRun(join(folder, "stopped"));
    expect(record.state).toBe("done");
    expect(metrics.map(({ epoch }) => epoch)).toEqual([1, 2]);
    // The first epoch equals that of a run with one epoch: the number of epochs does not matter.
    expect(figures(metrics.slice(0, 1))).toEqual(figures(readRun(join(folder, "one")).metrics));
  });

  it("says that a finished run is finished", () => {
    const again = runFovea(["train", "--resume", "one"], folder);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain("all 1 epoch is done; --epochs 2 goes further\nrun: one\n");
  });

  it("prints the command in the form that npm takes", async () => {
    const train = ["train", "cnn", "--epochs", "3", ...options, "--out", "npm"];
    const npm = { npm_lifecycle_event: "fovea" };
    const stopped = await interruptFovea(train, folder, "engine: ", 1, npm);
    expect(stopped.stdout).toContain(
      "stopped after epoch 1 of 3; go on with:\n  npm run fovea -- train --resume npm\n",
    );
  });

  it("trains models in parallel, and keeps and resumes each after Ctrl-C", async () => {
    const reproduce = ["reproduce", "--models", "cnn,stn", "--epochs", "2", ...options];
    const args = [...reproduce, "--out", "both"];
    const stopped = await interruptFovea(args, folder, "cnn  epoch 1/2");
    expect(stopped.stdout).toContain(", 2 threads, 2 models at once\n");
    expect(stopped.stderr).toMatch(/finishing (epoch \d of (cnn|stn)(, |; )){1,2}/);
    expect(stopped.stdout).toContain("stopped; go on with:\n  fovea reproduce --resume both\n");
    expect(stopped.code).toBe(130);
    const runs = ["cnn", "stn"].map((model) => readRun(join(folder, "both", model)));
    expect(runs.map(({ record }) => record.state)).toContain("stopped");
    // Written whole, and nothing else.
    for (const { directory } of runs) {
      expect(readdirSync(directory).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    }
    const resumed = runFovea(["reproduce", "--resume", "both", "--threads", "1"], folder);
    expect(resumed).toMatchObject({ code: 0, stderr: "writing the built-in digits\n" });
    // In the table.
    const row = (model: string) => resumed.stdout.lastIndexOf(`\n${model}  `);
    expect(row("cnn")).toBeLessThan(row("stn"));
    for (const { directory } of runs) {
      const { record, metrics } = readRun(directory);
      expect(record.state).toBe("done");
      expect(metrics.map(({ epoch }) => epoch)).toEqual([1, 2]);
    }
    const [epoch] = readRun(join(folder, "one")).metrics;
    expect(figures(readRun(join(folder, "both", "cnn")).metrics.slice(0, 1))).toEqual(
      figures([epoch!]),
    );
  });

  it("leaves no folder after Ctrl-C before the first step", async () => {
    const train = ["train", "cnn", ...options];
    const stopped = await interruptFovea(train, folder, "data: digits");
    expect(stopped.code).toBe(130);
    const runs = join(folder, "runs");
    // If the engine was faster than the key press, there is a run with an epoch.
    for (const run of readdirSync(runs)) expect(readRun(join(runs, run)).metrics).toHaveLength(1);
  });

  it("quits at once on a second Ctrl-C, and keeps finished epochs", async () => {
    const train = ["train", "cnn", "--epochs", "300", ...options, "--out", "killed"];
    const killed = await interruptFovea(train, folder, "epoch 1/300", 2);
    expect(killed.code).toBe(130);
    expect(killed.stdout).not.toContain("epoch 2/300");
    expect(killed.stderr).toContain("quit; go on with:\n  fovea train --resume killed\n");
    const { record, metrics } = readRun(join(folder, "killed"));
    expect(record.state).toBe("running");
    expect(metrics).toHaveLength(1);
  });
});
