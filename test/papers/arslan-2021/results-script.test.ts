import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { runResults } from "../../../scripts/results/program.js";
import { type ClassifierName, classifierNames } from "../../../src/models/index.js";
import { publishedCurves } from "../../../src/papers/arslan-2021/curves.node.js";
import { publishedModel } from "../../../src/papers/arslan-2021/published.js";
import { writeSettings } from "../../../src/runs/reproduction.node.js";
import { readRun, runFiles, writeModel, writeRecord } from "../../../src/runs/run-folder.node.js";
import type { EpochMetrics } from "../../../src/train/metrics.js";
import { fakeRun } from "../../report/fixtures.js";
import { expectWellFormed } from "../../report/well-formed.js";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** The script as a user runs it. */
function runScript(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(repository, "scripts/results.js"), ...args],
    { encoding: "utf8" },
  );
  return { code: status, stdout, stderr };
}

/** What the script does and prints, in this process. */
const results = (...args: string[]) => runResults(args);

// With runs of record in results/paper/ these are docs/results.md, its figures and the README's
// block as well; without them none of those may be there.
test("the pages are what npm run results writes from results/", () => {
  expect(runScript("--check")).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(existsSync(join(repository, "docs/results.md"))).toBe(
    existsSync(join(repository, "results/paper/reproduce.json")),
  );
});

let folder: string;
let root: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-results-"));
  trained("attention", ["mha", "mha-batch"]);
  trained("others", ["cnn", "stn", "coordconv-stn"]);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  root = newRoot();
});

/** A folder that holds what the script reads of a repository, without runs of record. */
function newRoot(): string {
  const made = mkdtempSync(join(folder, "root-"));
  mkdirSync(join(made, "docs"));
  cpSync(join(repository, "results/published"), join(made, "results/published"), {
    recursive: true,
  });
  writeFileSync(join(made, "README.md"), "a\n<!-- results -->\nold\n<!-- /results -->\nb\n");
  return made;
}

const path = (...names: string[]) => join(folder, ...names);
const record = (...folders: string[]) => results("--record", ...folders, "--root", root);

/** A folder of `fovea reproduce` with finished runs, whose curves are the published ones. */
function trained(name: string, models: readonly ClassifierName[]): void {
  for (const model of models) {
    const curve = publishedCurves().get(publishedModel(model) ?? "mha-batch")!;
    const run = fakeRun(
      model,
      curve.map((epoch) => [epoch.validationLoss, epoch.validationAccuracy * 10_000]),
      { source: "/home/someone/mnist" },
    );
    writeRun(path(name, model), run);
  }
  writeSettings(path(name), {
    format: 1,
    epochs: 300,
    seed: 0,
    models: [...models],
    batchSize: 64,
    learningRate: 0.01,
    data: { choice: "/home/someone/mnist", digest: "ab".repeat(32) },
  });
}

function writeRun(directory: string, run: ReturnType<typeof fakeRun>): void {
  mkdirSync(directory, { recursive: true });
  writeRecord(directory, run.record);
  writeModel(directory, run.model);
  const lines = run.metrics.map((epoch) => Object.values(written(epoch)).join(","));
  const header = Object.keys(written(run.metrics[0]!)).join(",");
  writeFileSync(runFiles(directory).metrics, `${[header, ...lines].join("\n")}\n`);
}

/** The columns of metrics.csv. */
function written(epoch: EpochMetrics) {
  return {
    epoch: epoch.epoch,
    train_loss: epoch.trainLoss,
    val_loss: epoch.validationLoss,
    val_correct: epoch.validationCorrect,
    val_accuracy: epoch.validationAccuracy,
    seconds: epoch.seconds,
    images_per_second: epoch.imagesPerSecond,
    learning_rate: epoch.learningRate,
  };
}

describe("--record", () => {
  it("copies runs without weights and without a path of the machine, and writes the pages", async () => {
    writeFileSync(path("attention", "mha", "best.safetensors"), "");
    const folders = [path("attention"), path("others")];
    const { code, stdout, stderr } = runScript("--record", ...folders, "--root", root);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trim().split("\n")).toEqual([
      "written: docs/claims.md",
      "written: docs/results.md",
      "written: docs/figures/paper-loss.svg",
      "written: docs/figures/paper-accuracy.svg",
      "written: README.md",
    ]);
    const paper = join(root, "results/paper");
    expect(readdirSync(paper).sort()).toEqual([...classifierNames, "reproduce.json"].sort());
    for (const model of classifierNames) {
      const from = path(model.startsWith("mha") ? "attention" : "others", model);
      const copied = readRun(join(paper, model));
      expect(readdirSync(copied.directory).sort()).toEqual([
        "metrics.csv",
        "model.json",
        "run.json",
      ]);
      expect(copied.metrics).toEqual(readRun(from).metrics);
      expect(copied.record.data.source).toBe("mnist");
      expect(readFileSync(join(copied.directory, "run.json"), "utf8")).not.toContain("/home");
    }
    expect(readFileSync(join(paper, "reproduce.json"), "utf8")).not.toContain("/home");
    expect(await results("--check", "--root", root)).toMatchObject({ code: 0, stdout: "" });
  });

  it.each<[string, () => string[], () => string]>([
    ["nothing", () => [], () => "--record: expected folders of fovea reproduce, got none"],
    [
      "a model twice",
      () => [path("attention"), path("others"), path("others", "stn")],
      () =>
        `--record: expected one run of stn, got ${path("others", "stn")} and ${path("others", "stn")}`,
    ],
  ])("refuses %s", async (_, folders, line) => {
    expect(await record(...folders())).toEqual({
      code: 2,
      stdout: "",
      stderr: `results: ${line()}\n`,
    });
    expect(existsSync(join(root, "results/paper"))).toBe(false);
  });

  it("records model after model, and says which are missing", async () => {
    expect((await record(path("attention"))).code).toBe(0);
    const page = () => readFileSync(join(root, "docs/results.md"), "utf8");
    const missing = "Not trained for so many epochs yet: `cnn`, `stn` and `coordconv-stn`.";
    expect(page()).toContain(missing);
    expect(readFileSync(join(root, "README.md"), "utf8").replace(/\n/g, " ")).toContain(missing);
    expect((await record(path("others"))).code).toBe(0);
    expect(page()).not.toContain("Not trained");
    const { models } = JSON.parse(readFileSync(join(root, "results/paper/reproduce.json"), "utf8"));
    expect(models).toEqual(classifierNames);
  });

  const stn = (changes: Parameters<typeof fakeRun>[2], pairs = 300) =>
    fakeRun(
      "stn",
      Array.from({ length: pairs }, () => [0.03, 9920] as const),
      changes,
    );
  const changed = (change: object) => {
    const run = stn({});
    return { ...run, record: { ...run.record, ...change } };
  };
  it.each([
    ["unfinished", stn({ epochs: 300 }, 25), "epochs done 300, got 25"],
    ["still running", changed({ state: "running" }), "state done, got running"],
    ["short", stn({}, 5), "epochs asked for 300, got 5"],
    ["on other data", stn({ data: "digits" }), "data mnist, got digits"],
    ["of another recipe", stn({ recipe: { batchSize: 32 } }), "batch size 64, got 32"],
  ])("refuses a run that is %s", async (_, run, message) => {
    const directory = join(root, "run");
    writeRun(directory, run);
    expect((await record(path("attention"), directory)).stderr).toBe(
      `results: ${directory}: expected ${message}\n`,
    );
  });

  it("refuses runs of different seeds", async () => {
    const others = ["cnn", "coordconv-stn"].map((model) => path("others", model));
    const directory = join(root, "run");
    writeRun(directory, stn({ seed: 1 }));
    expect((await record(path("attention"), ...others, directory)).stderr).toBe(
      `results: ${directory}: expected seed 0, as ${path("others", "cnn")}, got 1\n`,
    );
  });
});

describe("the pages", () => {
  let recorded: string;
  beforeAll(async () => {
    recorded = newRoot();
    await results("--record", path("attention"), path("others"), "--root", recorded);
  });
  const text = (name: string) => readFileSync(join(recorded, name), "utf8");

  it("fill the README's place with the results and what npm start gives of them", () => {
    const readme = text("README.md");
    expect(readme).toMatch(
      /^a\n<!-- results -->\n`npm start` trains the first 5 of the study's 300 epochs;/,
    );
    expect(readme).toMatch(/\n<!-- \/results -->\nb\n$/);
    expect(readme.replaceAll("\n", " ")).toContain(
      "stn 98.02, coordconv-stn 90.98, mha 96.78 and mha-batch 96.78 (seed 0).",
    );
    expect(readme).toContain("](docs/results.md)");
  });

  it("compare each model with the study", () => {
    const page = text("docs/results.md");
    expect(page).toContain("| stn | 99.32 | 99.32 @ 235 | 99.14 to 99.46 | 99.26 @ 78 | 99.07 |");
    expect(page).toContain(
      "- `stn`: as many images as printed: no difference, as up to 24 fewer are noise.",
    );
    expect(page).toContain(
      "| stn | 0.0253 @ 78 | 0.0059 | 95.79 @ 111 | 0.0253 @ 78 | 0.0059 | 95.79 @ 111 |",
    );
    expect(page).toContain("Choosing the best epoch on the test images gives 8 to 34 images more");
    for (const name of ["paper-loss", "paper-accuracy"]) {
      expect(page).toContain(`](figures/${name}.svg)`);
      expectWellFormed(text(`docs/figures/${name}.svg`));
    }
  });

  it("link to claims that are there", () => {
    const claims = text("docs/claims.md");
    const links = [...text("docs/results.md").matchAll(/\(claims\.md#([^)]+)\)/g)];
    expect(links.length).toBeGreaterThan(5);
    for (const [, id] of links) expect(claims).toContain(`<a id="${id}"></a>`);
    for (const [, id] of claims.matchAll(/\]\(#([^)]+)\)/g)) {
      expect(claims).toContain(`<a id="${id}"></a>`);
    }
  });

  it("are reported where they differ", async () => {
    writeFileSync(join(recorded, "README.md"), text("README.md").replace("stn 98.02", "stn 98.92"));
    rmSync(join(recorded, "docs/figures/paper-loss.svg"));
    expect(await results("--check", "--root", recorded)).toEqual({
      code: 1,
      stdout: "differs: docs/figures/paper-loss.svg\ndiffers: README.md\n",
      stderr: "",
    });
    expect((await results("--root", recorded)).code).toBe(0);
    expect((await results("--check", "--root", recorded)).code).toBe(0);
  });

  it("are reported where they are there without results", async () => {
    rmSync(join(recorded, "results/paper"), { recursive: true });
    expect((await results("--check", "--root", recorded)).stdout).toContain(
      "differs: docs/results.md\n",
    );
  });
});

describe("wrong use", () => {
  test.each([
    [
      [],
      "results/paper: expected the runs of record, which npm run record -- FOLDER... copies there, got no such folder",
    ],
    [["somewhere"], "arguments: expected folders only with --record, got somewhere"],
    [
      ["--check", "--record"],
      "options: expected one of --record, --check, --checkpoints, got more",
    ],
    [
      ["--checkpoints", "/nowhere"],
      "/nowhere: expected a folder with the study's three checkpoints, got no such file or folder",
    ],
  ])("%j gives one line", async (args, line) => {
    expect(await results(...args, "--root", root)).toEqual({
      code: 2,
      stdout: "",
      stderr: `results: ${line}\n`,
    });
  });

  it("ends the script with exit code 2", () => {
    const { code, stdout, stderr } = runScript("somewhere");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^results: arguments: expected .+\n$/);
  });
});
