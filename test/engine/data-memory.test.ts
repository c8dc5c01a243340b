import { describe, expect, test } from "vitest";
import { shareDataset, sharedDataset } from "../../src/data/share-dataset.js";
import { bytesIn, DataMemory, memoryOf, takePart } from "../../src/engine/data-memory.js";
import { Engine } from "../../src/engine/engine.js";
import { withLoss } from "../../src/graph/with-loss.js";
import { digits, initialize, models, train } from "../../src/index.js";
import { plans, tinyClassifier } from "./tiny-classifier.js";

const data = digits({ train: 200, test: 50 });

describe("parts of a data memory", () => {
  const { allocate } = new DataMemory();
  const bytes = allocate(100).fill(7);
  const memory = memoryOf([bytes])!;

  test("do not overlap, are 0, and are reused by the next engine that fits", () => {
    const first = takePart(memory, 70_000);
    const second = takePart(memory, 10);
    expect(second.address - first.address).toBe(2 * 65536);
    new Uint8Array(memory.buffer, first.address, 2 * 65536).fill(1);
    expect([...bytes]).toEqual(new Array(100).fill(7));
    expect(new Uint8Array(memory.buffer, second.address, 65536).some(Boolean)).toBe(false);

    first.release();
    expect(takePart(memory, 3 * 65536).address).toBeGreaterThan(second.address);
    const again = takePart(memory, 2 * 65536);
    expect(again.address).toBe(first.address);
    expect(new Uint8Array(memory.buffer, again.address, 2 * 65536).some(Boolean)).toBe(false);
  });

  test("are of one memory, else bytes are copied", () => {
    expect(memoryOf([bytes, allocate(5)])).toBe(memory);
    expect(memoryOf([bytes, new DataMemory().allocate(5)])).toBeUndefined();
    expect(memoryOf([bytes, new Uint8Array(5)])).toBeUndefined();
    expect(memoryOf([new Uint8Array(5)])).toBeUndefined();
  });
});

describe("training on data that lie in a data memory", () => {
  const placed = sharedDataset(shareDataset(data));
  const { memory, train: images } = shareDataset(placed);

  test("gives the bits of training on a copy", async () => {
    const settings = { model: models.stn, epochs: 2, threads: 2 } as const;
    const [alone, ...others] = await Promise.all([
      train({ ...settings, data }),
      train({ ...settings, data: placed }),
      train({ ...settings, data: placed, threads: 1 }),
    ]);
    for (const { parameters } of others) expect(parameters).toEqual(alone.parameters);
    expect(placed.train.images).toEqual(data.train.images);
  });

  test("is in place, and trainings one after the other take no more memory", async () => {
    const settings = { model: models.cnn, epochs: 1, threads: 1, data: placed } as const;
    await train(settings);
    const length = memory.buffer.byteLength;
    for (let seed = 0; seed < 3; seed++) await train({ ...settings, seed });
    expect(memory.buffer.byteLength).toBe(length);
    expect(shareDataset(placed).train).toEqual(images);
    expect(bytesIn(memory, images.images.address, 5)).toEqual(data.train.images.subarray(0, 5));
  });

  test("is not freed when another engine is closed a second time", async () => {
    const graph = tinyClassifier([1, 28, 28], 10);
    const options = {
      plans: { train: { ...plans.train, graph: withLoss(graph) } },
      sets: { train: placed.train },
      batchSize: 64,
      threads: 1,
    };
    const step = { plan: "train", set: "train", from: 0, to: 1, learningRate: 0.1 } as const;
    const first = await Engine.create(options);
    first.close();
    const second = await Engine.create(options);
    second.setParameters(initialize(graph, 2));
    first.close();
    const third = await Engine.create(options);
    third.setParameters(initialize(graph, 3));
    third.run(step);
    expect(second.parameters()).toEqual(initialize(graph, 2));
    second.run(step);
    expect(second.parameters()).not.toEqual(third.parameters());
    second.close();
    third.close();
  });

  test("has room for whole numbers of bytes", () => {
    expect(() => new DataMemory().allocate(-1)).toThrow(
      "DataMemory.allocate: expected length to be a whole number of 0 or more, got -1",
    );
    expect(() => new DataMemory().allocate(2 ** 33)).toThrow(
      /^engine: expected 8192\.0 MiB of shared WebAssembly memory .*, got RangeError/,
    );
  });
});
