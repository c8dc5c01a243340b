import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fewDigits } from "./run-fovea.js";

const entry = fileURLToPath(new URL("../../dist/cli/fovea.js", import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-removed-folder-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ["train", ["cnn"], "lock.json"],
  ["reproduce", ["--models", "cnn"], "cnn/lock.json"],
])(
  "%s, whose folder is removed, ends in a line and names nothing to resume",
  async (command, args, lock) => {
    const recipe = ["--epochs", "4000", "--data", "digits", "--threads", "1", "--out", command];
    const env = { ...process.env, ...fewDigits({ train: 640, test: 100 }) };
    const child = spawn(process.execPath, [entry, command, ...args, ...recipe], {
      cwd: folder,
      env,
    });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => {
      output.stdout += chunk;
      if (output.stdout.includes("epoch 1/"))
        rmSync(join(folder, command), { recursive: true, force: true });
    });
    child.stderr.on("data", (chunk) => {
      output.stderr += chunk;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(2);
    expect(output.stderr).toContain(
      `fovea ${command}: ${join(command, lock)}: expected the lock of this process, got none\n`,
    );
    expect(output.stdout).not.toContain("resume with");
    expect(existsSync(join(folder, command))).toBe(false);
  },
);
