import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { measureKernelCalls } from "../../src/bench/kernel-calls.js";
import { measureMemory } from "../../src/bench/memory.js";
import { digits } from "../../src/data/sources/digits.js";
import { models } from "../../src/models/index.js";
import { fewDigits, runFovea } from "../cli/run-fovea.js";
import { randomImages } from "./random-images.js";

const positive = expect.toSatisfy((value) => Number.isFinite(value) && value > 0);

test("fovea bench --json prints every figure", () => {
  const args = "bench --models cnn --threads 1 --steps 5 --data digits --json".split(" ");
  const counts = { train: 12_000, test: 1000 };
  const { code, stdout } = runFovea(args, tmpdir(), fewDigits(counts));
  expect(code).toBe(0);
  const which = { model: "cnn", threads: 1 };
  expect(JSON.parse(stdout)).toEqual({
    fovea: expect.any(String),
    node: process.versions.node,
    v8: process.versions.v8,
    processor: expect.any(String),
    cores: positive,
    platform: expect.any(String),
    build: expect.stringMatching(/^(relaxed-fma|mul-add)$/),
    data: "digits",
    batchSize: 64,
    steps: [{ ...which, median: positive, min: positive }],
    evaluation: [{ ...which, images: counts.test, seconds: positive }],
    peak: positive,
    memory: [
      {
        ...which,
        start: positive,
        resident: positive,
        mostResident: positive,
        steps: 1000,
        heapBefore: positive,
        heapAfter: positive,
        // Of 50 commands to the engine: the 1,000 steps themselves leave nothing (32 bytes each would fail).
        garbage: expect.toSatisfy((bytes) => bytes < 30_000),
      },
    ],
    throughput: [{ ...which, runs: 1, step: positive, image: positive, runsPerHour: positive }],
    help: positive,
  });
});

test("memory is measured on any number of training images", async () => {
  const data = digits({ train: 100, test: 10 });
  const { resident, steps } = await measureMemory({
    ...{ model: models.cnn.build(data), data: "digits-100-10", dataOptions: {} },
    ...{ threads: 1, steps: 4 },
  });
  expect([resident, steps]).toEqual([positive, 4]);
});

test("kernel calls are measured in the order of a step, calls across the batch left out", async () => {
  const shape = { channels: 1, rows: 20, columns: 20 };
  const data = randomImages(shape, { train: 640, test: 64 });
  const { calls, skipped, peak, step } = await measureKernelCalls({
    model: models["mha-batch"],
    data,
  });
  expect(skipped).toEqual([
    "BatchAttentionForward",
    "BatchAttentionForward",
    "BatchAttentionBackward",
    "BatchAttentionBackward",
    // Once a step for queries, keys and values of two blocks.
    ...Array(6).fill("LinearComposeBackward"),
  ]);
  expect(calls[0]).toMatchObject({ kernel: "LoadImage", microseconds: positive });
  const convolution = calls.find(({ kernel }) => kernel === "ConvPoolBackward");
  expect(convolution).toMatchObject({ layer: "conv2", dense: positive, executed: positive });
  expect([peak, step]).toEqual([positive, positive]);
  const convolutions = calls.filter(({ layer, ofPeak }) => /^conv/.test(layer) && ofPeak);
  expect(convolutions.length).toBeGreaterThan(2);
  for (const { kernel, executed } of convolutions) expect(executed, kernel).toEqual(positive);
});
