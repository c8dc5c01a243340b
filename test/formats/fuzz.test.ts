import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("3,000 changed checkpoints are read, or refused with one line", () => {
  const script = fileURLToPath(new URL("fuzz/fuzz.js", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, "--inputs", "3000"], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const [, read, refused, messages] = stdout
    .match(/^all: 3000 inputs, (\d+) read, (\d+) refused with (\d+) different messages$/m)!
    .map(Number);
  // Changes must get past the first checks.
  expect(read).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(1000);
  expect(messages).toBeGreaterThan(100);
});
