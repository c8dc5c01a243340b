import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { beforeAll, expect, test } from "vitest";
import { runEach, runFovea } from "./run-fovea.js";

const commands = [
  "reproduce",
  "train",
  "evaluate",
  "predict",
  "export",
  "report",
  "audit",
  "claims",
  "data",
  "bench",
  "explain",
  "find-lr",
  "new",
  "compare",
  "study",
  "study status",
  "study resume",
  "study report",
  "study drain",
  "study cancel",
  "worker",
  "studio",
];

/** What a command line prints to stdout; it ends with 0 and prints nothing else. */
let printed: (line: string) => string;
beforeAll(() => {
  const lines = ["", "--help", "help help", "--version", "data --json"];
  lines.push("help train", "help study status", "help data inspect");
  for (const command of commands) lines.push(`${command} --help`);
  const answers = runEach(
    lines.map((line) => line.split(" ").filter((word) => word !== "")),
    tmpdir(),
  );
  printed = (line) => {
    const { code, stdout, stderr } = answers[lines.indexOf(line)]!;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout;
  };
});

/** The help without its line breaks. */
const words = (line: string) => printed(line).replace(/\s+/g, " ");

test.each(commands)("fovea %s --help describes it, with an example", (command) => {
  const help = printed(`${command} --help`);
  expect(help).toContain(`Usage: fovea ${command}`);
  expect(help).toContain(`\n  $ fovea ${command}`);
});

test("fovea alone, and fovea help help, show what --help shows", () => {
  expect(printed("")).toBe(printed("--help"));
  expect(printed("help help")).toBe(printed("--help"));
});

test.each(["train", "study status", "data inspect"])("fovea help %s shows its help", (command) => {
  expect(printed(`help ${command}`)).toContain(`Usage: fovea ${command} `);
});

test("a process of its own prints the same", () => {
  expect(runFovea([], tmpdir())).toEqual({ code: 0, stdout: printed(""), stderr: "" });
});

test("fovea reproduce --help tells how threads are shared", () => {
  expect(words("reproduce --help")).toContain(
    "threads for all models together: a model each while there are enough",
  );
});

test.each(["train", "evaluate", "audit"])("fovea %s --help tells of many threads", (command) => {
  expect(words(`${command} --help`)).toContain(
    "default: the processor's cores, at most 8; more than 8 run as 8)",
  );
});

test("fovea train --help names all that it trains", () => {
  const help = words("train --help");
  for (const each of ["./my-net.ts", "a model.json", "a folder of fovea import"]) {
    expect(help).toContain(each);
  }
});

test.each(["train", "compare"])("fovea %s --help has the options of a training", (command) => {
  for (const each of [
    "--epochs",
    "--batch-size",
    "--learning-rate",
    "--validation",
    "--patience",
  ]) {
    expect(words(`${command} --help`)).toContain(` ${each} <`);
  }
});

test.each(["evaluate", "predict"])("fovea %s --help has the options of a file", (command) => {
  for (const each of ["--model <name>", "--entry <name>", "--map <file>", "--last"]) {
    expect(words(`${command} --help`)).toContain(` ${each} `);
  }
});

test("fovea evaluate --help tells when JSON has a seed", () => {
  expect(words("evaluate --help")).toContain(
    "batchSize, order, seed (of --order shuffled), weights, entry (where a file has others), unused",
  );
});

test("fovea report --help tells what becomes of a report that is there", () => {
  expect(words("report --help")).toContain(
    "--out <dir> where to write; replaces the report that is there (default:",
  );
});

test("fovea --version is that of package.json", () => {
  const { version } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  expect(printed("--version")).toBe(`${version}\n`);
});

test("fovea data --json is JSON without escape codes", () => {
  expect(JSON.parse(printed("data --json"))).toContainEqual(
    expect.objectContaining({ dataset: "digits" }),
  );
});
