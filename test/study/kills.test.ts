import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { InputError } from "../../src/errors.js";
import { lockName } from "../../src/files/folder-lock.node.js";
import { isTemporary } from "../../src/files/write-file.node.js";
import { runStudy } from "../../src/study/run-study.node.js";
import { failAt, Killed, killAt, restoreOperations, withoutFlushing } from "../files/faults.js";
import { contentOfStudy } from "./content-of-study.js";
import { accuracyTrainer, beginFake, orphan, studyData } from "./fake-study.js";

const pace = { beat: 1000, patience: 5, look: 1 };
const change = { models: ["cnn"], seeds: 2, recipe: { epochs: 1 } };

/** As the process that is "killed" lives on, what it left is not removed, as that of a dead one is. */
const contentOf = (directory: string) =>
  contentOfStudy(directory, (name) => isTemporary(name) || name === lockName);

let folder: string;
let whole: unknown;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fovea-study-kills-"));
  withoutFlushing();
  await study(join(folder, "whole"));
  whole = contentOf(join(folder, "whole"));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(withoutFlushing);
afterEach(restoreOperations);

/** Begins or continues the study, and trains what is missing. */
async function study(directory: string, retryFailed = false): Promise<void> {
  const begun = await beginFake(directory, change);
  const { trainerFor } = accuracyTrainer((_, seed) => 90 + seed);
  await runStudy({ folder: begun, data: studyData, threads: 1, retryFailed }, trainerFor, pace);
}

test("a study that is killed at any operation becomes the one that never was", async () => {
  const directory = join(folder, "killed");
  let at = 0;
  for (; ; at += 3) {
    const operations = killAt(at, at % 2 === 0 ? "middle" : "before");
    const error: unknown = await study(directory).catch((reason: unknown) => reason);
    restoreOperations();
    withoutFlushing();
    if (operations() <= at) break;
    if (error !== undefined) expect(error).toBeInstanceOf(Killed);
    orphan(directory);
    await study(directory);
    expect(contentOf(directory)).toEqual(whole);
    rmSync(directory, { recursive: true });
  }
  expect(at).toBeGreaterThan(100);
});

test("a study that the system refuses something fails, or has failed runs, and can be completed", async () => {
  const directory = join(folder, "refused");
  let at = 0;
  for (; ; at += 5) {
    const operations = failAt(at, ["ENOSPC", "EIO", "EACCES"][at % 3]!);
    const error: unknown = await study(directory).catch((reason: unknown) => reason);
    restoreOperations();
    withoutFlushing();
    if (operations() <= at) break;
    if (error !== undefined) expect(error).toBeInstanceOf(InputError);
    orphan(directory);
    await study(directory, true);
    expect(contentOf(directory)).toEqual(whole);
    rmSync(directory, { recursive: true });
  }
  expect(at).toBeGreaterThan(100);
});
