import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { runFovea } from "./run-fovea.js";

test.each([
  "reproduce",
  "train",
  "evaluate",
  "export",
  "report",
  "audit",
  "claims",
  "data",
  "bench",
])("fovea %s --help describes it, with an example", (command) => {
  const { code, stdout, stderr } = runFovea([command, "--help"], tmpdir());
  expect(code).toBe(0);
  expect(stderr).toBe("");
  expect(stdout).toContain(`Usage: fovea ${command}`);
  expect(stdout).toContain(`\n  $ fovea ${command}`);
});

test("fovea alone shows what --help shows", () => {
  const bare = runFovea([], tmpdir());
  expect(bare).toEqual(runFovea(["--help"], tmpdir()));
  expect(bare).toMatchObject({ code: 0, stderr: "" });
});

test("fovea help help shows what --help shows", () => {
  expect(runFovea(["help", "help"], tmpdir())).toEqual(runFovea(["--help"], tmpdir()));
});

test("fovea reproduce --help says how threads are divided", () => {
  const words = runFovea(["reproduce", "--help"], tmpdir()).stdout.replace(/\s+/g, " ");
  expect(words).toContain("threads for all models together: a model each while there are enough");
});

test.each(["train", "evaluate", "audit"])("fovea %s --help tells of many threads", (command) => {
  const words = runFovea([command, "--help"], tmpdir()).stdout.replace(/\s+/g, " ");
  expect(words).toContain("default: the processor's cores, at most 8; more than 8 run as 8)");
});

test("fovea evaluate --help tells when JSON has a seed", () => {
  const words = runFovea(["evaluate", "--help"], tmpdir()).stdout.replace(/\s+/g, " ");
  expect(words).toContain(
    "batchSize, order, seed (of --order shuffled), weights, entry (where a file has others), unused",
  );
});

test("fovea report --help says what happens to an existing report", () => {
  const words = runFovea(["report", "--help"], tmpdir()).stdout.replace(/\s+/g, " ");
  expect(words).toContain(
    "--out <dir> where to write; replaces the report that is there (default:",
  );
});

test("fovea --version is that of package.json", () => {
  const { version } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  expect(runFovea(["--version"], tmpdir())).toEqual({
    code: 0,
    stdout: `${version}\n`,
    stderr: "",
  });
});

test("fovea data --json is JSON without escape codes", () => {
  const { code, stdout } = runFovea(["data", "--json"], tmpdir());
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ dataset: "digits" }));
});
