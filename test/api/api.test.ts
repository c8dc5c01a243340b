import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { exampleProblems } from "./check-examples.js";
import { exportsOf } from "./exports.js";

const entries = ["src/index.ts", "src/node.ts", "src/onnx.ts"];
/** Examples that need the network, or files of MNIST: they are only parsed. */
const notRun = ["downloadMnist", "DownloadError", "mnistFromFiles"];

const exported = entries.flatMap(exportsOf);
const examples = exported.flatMap(({ name, examples: own }) =>
  own.map((code) => ({ name, code, isRun: !notRun.includes(name) })),
);

describe("what the package exports", () => {
  it("is found", () => {
    const names = exported.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["train", "conv2d", "readRun", "writeOnnx"]));
    expect(notRun.filter((name) => !names.includes(name))).toEqual([]);
  });

  it("has a comment each", () => {
    const bare = exported.filter(({ text }) => text.trim() === "");
    expect(bare.map(({ name, file }) => `${name} (${file})`)).toEqual([]);
  });

  it("has an example for each function and class", () => {
    const bare = exported.filter((each) => each.isCode && each.examples.length === 0);
    expect(bare.map(({ name, file }) => `${name} (${file})`)).toEqual([]);
  });

  it("has examples of names, members and arguments that exist", () => {
    const names = new Map(
      entries.map((entry) => [
        entry.slice("src/".length, -".ts".length),
        exportsOf(entry).map(({ name }) => name),
      ]),
    );
    expect(exampleProblems(examples, names)).toEqual([]);
    const wrong = { name: "mean", code: "const { median } = meanTest([1, 2]);" };
    expect(exampleProblems([wrong], names)).toEqual([
      "mean: Property 'median' does not exist on type 'TTest'.",
    ]);
  });

  it("has examples that run", () => {
    const folder = mkdtempSync(join(tmpdir(), "fovea-examples-"));
    try {
      const script = fileURLToPath(new URL("run-examples.js", import.meta.url));
      const options = { cwd: folder, input: JSON.stringify(examples), encoding: "utf8" } as const;
      const answers: { name: string; problem: string }[] = JSON.parse(
        execFileSync(process.execPath, [script], options),
      );
      expect(answers).toHaveLength(examples.length);
      expect(answers.filter(({ problem }) => problem !== "")).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 600_000);
});
