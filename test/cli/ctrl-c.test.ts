import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digits, type EpochMetrics, models } from "../../src/index.js";
import { readRun, recordTraining } from "../../src/node.js";
import { figures } from "../runs/figures.js";
import { fewDigits, interruptFovea, runFovea, type Variables } from "./run-fovea.js";

const counts = { train: 650, test: 200 };
/** Together they take a second or more, so that the key comes before their end. */
const EPOCHS = 20;

let folder: string;
/** The first epoch of a training that is not stopped, of each model. */
const firstEpochOf: Record<string, EpochMetrics> = {};
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fovea-ctrl-c-"));
  const recipe = { epochs: 1, seed: 0, batchSize: 64, learningRate: 0.01 };
  const data = digits(counts);
  for (const name of ["cnn", "stn"] as const) {
    const directory = join(folder, `one-${name}`);
    const { metrics } = await recordTraining({ directory, model: models[name], data, ...recipe });
    firstEpochOf[name] = metrics[0]!;
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const options = ["--epochs", `${EPOCHS}`, "--data", "digits", "--threads", "2"];

/** Presses Ctrl-C when all texts have appeared. */
const interrupt = (
  args: readonly string[],
  text: string | readonly string[],
  variables: Variables = {},
) => interruptFovea(args, folder, text, 1, { ...fewDigits(counts), ...variables });

/** Runs a command to its end. */
const run = (...args: string[]) => runFovea(args, folder, fewDigits(counts));

/** The run has every epoch once, and the first is that of a training of one epoch. */
function expectWhole(directory: string, epochs: number): void {
  const { record, metrics } = readRun(directory);
  expect(record.state).toBe("done");
  expect(metrics.map(({ epoch }) => epoch)).toEqual(
    Array.from({ length: epochs }, (_, i) => i + 1),
  );
}

describe("Ctrl-C", () => {
  it("stops a training after its epoch, says how to resume it, and resuming ends it", async () => {
    const stopped = await interrupt(["train", "cnn", ...options, "--out", "stopped"], "engine: ");
    expect(stopped.stderr).toMatch(/^finishing epoch \d+; press Ctrl-C again to quit at once$/m);
    const { record, metrics } = readRun(join(folder, "stopped"));
    expect(record).toMatchObject({ state: "stopped" });
    expect(stopped.stdout).toContain(
      `stopped after epoch ${metrics.length} of ${EPOCHS}; resume with:\n  fovea train --resume stopped\n`,
    );
    expect(stopped.code).toBe(130);

    const resumed = run("train", "--resume", "stopped");
    expect(resumed).toMatchObject({ code: 0 });
    expect(resumed.stdout).not.toContain(`epoch ${metrics.length}/${EPOCHS}`);
    expect(resumed.stdout).toContain(`epoch ${metrics.length + 1}/${EPOCHS}`);
    expect(resumed.stdout).not.toContain("goes further");
    expectWhole(join(folder, "stopped"), EPOCHS);
    // The number of epochs decides nothing.
    expect(figures(readRun(join(folder, "stopped")).metrics.slice(0, 1))).toEqual(
      figures([firstEpochOf.cnn!]),
    );
  });

  it("is answered with the command as npm takes it", async () => {
    const train = ["train", "cnn", ...options, "--out", "npm"];
    const stopped = await interrupt(train, "engine: ", { npm_lifecycle_event: "fovea" });
    expect(stopped.stdout).toMatch(
      /^stopped after epoch \d+ of 20; resume with:\n {2}npm run fovea -- train --resume npm\n/m,
    );
  });

  it("stops models that train beside each other; each is kept, and resumed", async () => {
    // Equally fast, and so many epochs that neither ends before a busy machine has started the other.
    const epochs = 30;
    const pair = ["stn", "coordconv-stn"];
    const many = ["--epochs", `${epochs}`, "--data", "digits", "--threads", "2"];
    const args = ["reproduce", "--models", pair.join(), ...many, "--out", "both"];
    const begun = pair.map((model) => `${model.padEnd("coordconv-stn".length)}  epoch 1/`);
    const stopped = await interrupt(args, begun);
    expect(stopped.stdout).toContain(", 2 threads, 2 models at once\n");
    expect(stopped.stderr).toMatch(/finishing (epoch \d+ of (coordconv-)?stn(, |; )){2}/);
    expect(stopped.stdout).toContain("stopped; resume with:\n  fovea reproduce --resume both\n");
    expect(stopped.code).toBe(130);
    const runs = pair.map((model) => readRun(join(folder, "both", model)));
    expect(runs.map(({ record }) => record.state)).toContain("stopped");
    // Written whole, and nothing else.
    for (const { directory } of runs) {
      expect(readdirSync(directory).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    }
    const resumed = run("reproduce", "--resume", "both", "--threads", "1");
    expect(resumed).toMatchObject({ code: 0, stderr: "writing the built-in digits\n" });
    // In the table.
    const row = (model: string) => resumed.stdout.lastIndexOf(`\n${model}  `);
    expect(row("stn")).toBeLessThan(row("coordconv-stn"));
    for (const { directory } of runs) expectWhole(directory, epochs);
    expect(figures(readRun(join(folder, "both", "stn")).metrics.slice(0, 1))).toEqual(
      figures([firstEpochOf.stn!]),
    );
  });

  it("leaves no folder where it came before the first step", async () => {
    const stopped = await interrupt(["train", "cnn", ...options], "data: digits");
    expect(stopped.code).toBe(130);
    const runs = join(folder, "runs");
    // Where the engine was quicker than the key, there is a run with an epoch.
    for (const run of existsSync(runs) ? readdirSync(runs) : []) {
      const { record, metrics } = readRun(join(runs, run));
      expect(record.state).toBe("stopped");
      expect(metrics.length).toBeGreaterThan(0);
    }
  });

  it("pressed twice quits at once, and keeps the epochs that were done", async () => {
    const train = ["train", "mha", "--epochs", "300", "--data", "digits", "--out", "killed"];
    // An epoch takes longer than the time between the keys.
    const long = fewDigits({ train: 5000, test: 200 });
    const args = [...train, "--threads", "1"];
    const killed = await interruptFovea(args, folder, "epoch 1/300", 2, long);
    expect(killed.code).toBe(130);
    expect(killed.stdout).not.toContain("epoch 2/300");
    expect(killed.stderr).toContain("quit; resume with:\n  fovea train --resume killed\n");
    const { record, metrics } = readRun(join(folder, "killed"));
    expect(record.state).toBe("running");
    expect(metrics).toHaveLength(1);
  });
});
