import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { digits, initialize, train } from "../../src/index.js";
import { recordTraining } from "../../src/node.js";
import { repetition } from "../../src/report/repeat.js";
import { initialDigest } from "../../src/runs/run-spec.js";
import { tiny } from "./tiny-run.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-initial-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const data = digits({ train: 64, test: 20 });
const recipe = { model: tiny, data, epochs: 2, seed: 1, batchSize: 32, learningRate: 0.1 };
const initial = initialize(tiny.build(data).graph, 9);

test("a training begins with the weights that it is given", async () => {
  const { parameters } = await train({ ...recipe, initial, threads: 1 });
  const resume = { epoch: 0, parameters: initial };
  expect(parameters).toEqual((await train({ ...recipe, resume, threads: 1 })).parameters);
  expect(parameters).not.toEqual((await train({ ...recipe, threads: 1 })).parameters);
});

test("a run records which, resumes without them, and no command claims to repeat it", async () => {
  const options = { ...recipe, directory: join(folder, "run"), threads: 1 };
  const run = await recordTraining({ ...options, initial });
  expect(run.record.spec.initial).toBe(initialDigest(initial));
  const more = await recordTraining({ ...options, epochs: 3, resume: true });
  expect(more.metrics.length).toBe(3);
  expect(more.record.spec.initial).toBe(initialDigest(initial));
  const { commands, remarks } = repetition([more]);
  expect(commands).toEqual([]);
  expect(remarks.join()).toContain("it began with the weights");
});

test("what are no weights is refused", async () => {
  const wrong = { ...recipe, initial: {} as never };
  await expect(train(wrong)).rejects.toThrow("expected initial, weights by name in a Map");
});
