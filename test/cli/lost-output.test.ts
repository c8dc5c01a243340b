import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fewDigits, runFovea } from "./run-fovea.js";

const digits = fewDigits({ train: 320, test: 100 });
const options = ["--epochs", "4", "--data", "digits", "--threads", "2"];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-lost-output-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Variables under which the disk behind standard output is full from a text on. */
function fullFrom(text: string) {
  const preload = new URL(`full-output.js?${encodeURIComponent(text)}`, import.meta.url);
  return { NODE_OPTIONS: `${digits.NODE_OPTIONS} --import=${preload}` };
}

const full = "fovea: standard output: expected output that can be written, got a full disk\n";
const begun = "writing the built-in digits\n";
const lost = (command: string) => `standard output was lost; resume with:\n  fovea ${command}\n`;

describe("where the disk behind standard output is full, stderr says how to resume", () => {
  test.each([
    ["train", "engine: ", ["train", "cnn", ...options]],
    ["train", "epoch 2/4", ["train", "cnn", ...options]],
    ["train", "run: ", ["train", "cnn", ...options]],
    ["reproduce", "engine: ", ["reproduce", "--models", "cnn", ...options]],
    ["reproduce", "epoch 2/4", ["reproduce", "--models", "cnn", ...options]],
  ])("%s, from %j on", (command, text, args) => {
    const out = `full ${command} ${text.replace(/\W/g, "")}`;
    const ended = runFovea([...args, "--out", out], folder, fullFrom(text));
    const resume = `${command} --resume '${out}'`;
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(full + lost(resume)) });
    const resumed = runFovea([command, "--resume", out], folder, digits);
    expect(resumed).toMatchObject({ code: 0 });
  });

  test("and nothing else where nothing was begun", () => {
    const ended = runFovea(["train", "cnn", ...options, "--out", "none"], folder, fullFrom("data"));
    expect(ended).toEqual({ code: 2, stdout: "", stderr: begun + full });
  });
});

test.skipIf(process.platform === "win32")(
  "a reader that goes away during a training: stderr says how to resume",
  async () => {
    const entry = fileURLToPath(new URL("../../dist/cli/fovea.js", import.meta.url));
    const args = [entry, "train", "cnn", ...options, "--epochs", "30", "--out", "head"];
    const { npm_lifecycle_event: _, npm_package_name: __, ...shell } = process.env;
    const child = spawn(process.execPath, args, { cwd: folder, env: { ...shell, ...digits } });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.stdout.on("data", (chunk) => {
      if (String(chunk).includes("engine: ")) child.stdout.destroy();
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(141);
    const told = /^standard output was lost; resume with:\n {2}.+ train --resume head\n$/;
    expect(stderr.slice(begun.length)).toMatch(told);
  },
);
