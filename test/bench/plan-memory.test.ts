import { expect, test } from "vitest";
import { planMemory } from "../../src/bench/plan-memory.js";
import type { ModelName } from "../../src/models/index.js";
import { graphOf } from "../models/graph-of.js";

function memory(model: ModelName, side: number, settings = { threads: 1, batchSize: 64 }) {
  return planMemory(graphOf(model, { channels: 1, rows: side, columns: side }, 10), settings);
}

test("memory of attention over positions grows with their number, not with its square", () => {
  // 30² and 62² positions after the first block.
  const positions = (62 / 30) ** 2;
  const growth = memory("mha", 128) / memory("mha", 64);
  // Less than in proportion, as weights, tiles of convolutions and kept exponentials do not grow.
  expect(growth).toBeGreaterThan(0.5 * positions);
  expect(growth).toBeLessThan(1.2 * positions);
});

test("attention across the batch keeps at most 8 MB for backward", () => {
  const kept = 8 * 2 ** 20;
  const growth = memory("mha-batch", 28, { threads: 1, batchSize: 512 }) / 8;
  expect(growth).toBeLessThan(memory("mha-batch", 28) + kept / 8);
});

test("each thread has memory of its own, each image of a batch only in models that mix images", () => {
  const once = memory("mha", 28);
  expect(memory("mha", 28, { threads: 2, batchSize: 64 })).toBe(2 * once);
  expect(memory("mha", 28, { threads: 1, batchSize: 128 })).toBe(once);
  const batch = memory("mha-batch", 28, { threads: 1, batchSize: 128 });
  expect(batch).toBeGreaterThan(1.9 * memory("mha-batch", 28));
});
