import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Counts of files that were read, refused, and of different messages. */
function fuzz(subject: string, inputs: number): number[] {
  const script = fileURLToPath(new URL("fuzz.js", import.meta.url));
  const args = [script, "--of", subject, "--inputs", `${inputs}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const pattern = / inputs, (\d+) read, (\d+) refused with (\d+) different messages$/m;
  return stdout.match(pattern)!.slice(1).map(Number);
}

test("3,000 changed checkpoints are read, or refused with one line", () => {
  const [read, refused, messages] = fuzz("checkpoints", 3000);
  // Changes must get past the first checks.
  expect(read).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(1000);
  expect(messages).toBeGreaterThan(100);
});

test("2,000 changed pictures, CSV, NumPy, IDX and zip files are read, or refused with one line", () => {
  const [read, refused, messages] = fuzz("pictures", 2000);
  expect(read).toBeGreaterThan(200);
  expect(refused).toBeGreaterThan(800);
  expect(messages).toBeGreaterThan(40);
});

test("1,500 changed graphs run as the reference does, or are refused with one line", () => {
  const [read, refused, messages] = fuzz("graphs", 1500);
  expect(read).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(500);
  expect(messages).toBeGreaterThan(50);
});
