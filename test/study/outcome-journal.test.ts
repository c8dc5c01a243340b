import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Run } from "../../src/runs/run-folder.node.js";
import type { Outcome } from "../../src/study/outcome.js";
import { OutcomeJournal, readJournal } from "../../src/study/outcome-journal.node.js";
import { runStudy } from "../../src/study/run-study.node.js";
import { outcomeFile, readOutcomes, studyFiles } from "../../src/study/study-folder.node.js";
import { restoreOperations, withoutFlushing } from "../files/faults.js";
import { recordTiny } from "../runs/tiny-run.js";
import { accuracyTrainer, beginFake, studyData } from "./fake-study.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-journal-"));
  withoutFlushing();
});
afterEach(() => {
  restoreOperations();
  rmSync(folder, { recursive: true });
});

const outcomeOf = (key: string): Outcome => ({
  ...{ format: 1, key, outcome: "done" },
  result: { spec: "0".repeat(64), epochs: 1, selection: "last epoch", correct: 9, total: 10 },
});

test("a journal has what several processes append, but for failed runs and lines that were cut off", () => {
  const path = join(folder, "outcomes.jsonl");
  expect(readJournal(path).size).toBe(0);
  const [one, other] = [new OutcomeJournal(path), new OutcomeJournal(path)];
  for (let at = 0; at < 150; at++) one.add(outcomeOf(`a${at}`));
  one.add({ format: 1, key: "failed", outcome: "failed", reason: "no luck" });
  // Killed in a line, with 50 that wait.
  appendFileSync(path, `\n${JSON.stringify(outcomeOf("cut")).slice(0, -10)}`);
  other.add(outcomeOf("b"));
  other.write();
  expect([...readJournal(path).keys()]).toEqual([
    ...Array.from({ length: 100 }, (_, at) => `a${at}`),
    "b",
  ]);
});

/** Writes nothing but outcomes. */
async function trainMany(sample: Run, seeds: number) {
  const study = await beginFake(join(folder, "study"), { seeds });
  const { trainerFor } = accuracyTrainer(() => 90);
  const record = async () => ({ ...sample, record: { ...sample.record, state: "done" as const } });
  const pace = { beat: 1000, patience: 1000, look: 10 };
  const options = { folder: study, data: studyData, threads: 2 };
  return { study, outcomes: await runStudy(options, trainerFor, pace, record) };
}

test("a study of many runs has one, that may be removed, and outcomes whose file is gone do not count", async () => {
  const sample = await recordTiny(join(folder, "sample"));
  const { study, outcomes } = await trainMany(sample, 500);
  const { journal } = studyFiles(study.directory);
  expect(outcomes.size).toBe(1000);
  expect(readJournal(journal)).toEqual(outcomes);
  rmSync(journal);
  expect(readOutcomes(study)).toEqual(outcomes);

  writeFileSync(journal, "");
  rmSync(outcomeFile(study.directory, "cnn_seed3"));
  expect(readOutcomes(study).size).toBe(999);
  const again = await trainMany(sample, 500);
  expect(again.outcomes).toEqual(outcomes);
  expect(readJournal(journal)).toEqual(outcomes);
  expect(readFileSync(outcomeFile(study.directory, "cnn_seed3"), "utf8")).toContain("done");
});

test("a study of few runs has none", async () => {
  const { study } = await trainMany(await recordTiny(join(folder, "sample")), 3);
  expect(existsSync(studyFiles(study.directory).journal)).toBe(false);
});
