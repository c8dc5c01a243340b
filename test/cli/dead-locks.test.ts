import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lockFolder } from "../../src/files/folder-lock.node.js";
import { killOwner } from "../runs/tiny-run.js";
import { fewDigits, runEach } from "./run-fovea.js";

const digits = fewDigits({ train: 320, test: 100 });
const reproduce = ["reproduce", "--models", "cnn", "--epochs", "1", "--data", "digits"];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-dead-locks-"));
  expect(runEach([[...reproduce, "--out", "all"]], folder, digits)).toMatchObject([{ code: 0 }]);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("the locks that a kill left in finished folders stop no command", () => {
  const run = join("all", "cnn");
  const lockOf = (directory: string) => join(folder, directory, "lock.json");
  for (const directory of ["all", run]) {
    lockFolder(join(folder, directory));
    killOwner(join(folder, directory));
  }
  const readers = [
    ["evaluate", run],
    ["report", "all"],
    ["audit", run, "--only", "finite", "--save"],
    ["export", run, "exported.pt"],
  ];
  const answers = runEach([...readers, ["reproduce", "--resume", "all"]], folder, digits);
  expect(answers.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  // What trains nothing in the run leaves its lock alone.
  expect([existsSync(lockOf("all")), existsSync(lockOf(run))]).toEqual([false, true]);
  const [resumed] = runEach([["train", "--resume", run, "--epochs", "2"]], folder, digits);
  expect(resumed).toMatchObject({ code: 0 });
  expect(existsSync(lockOf(run))).toBe(false);
});
