import { describe, expect, test } from "vitest";
import { shareDataset, sharedDataset } from "../../src/data/share-dataset.js";
import { bytesIn, DataMemory, memoryOf, takePart } from "../../src/engine/data-memory.js";
import { digits, train } from "../../src/index.js";
import { models } from "../../src/models/index.js";

const data = digits({ train: 200, test: 50 });

describe("parts of a data memory", () => {
  const { allocate } = new DataMemory();
  const bytes = allocate(100).fill(7);
  const memory = memoryOf([bytes])!;

  test("lie apart, are 0, and are given to the next engine that fits in", () => {
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
});
