import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dropout } from "../../src/graph/ops/dropout.js";
import { dropout2d } from "../../src/graph/ops/dropout2d.js";
import { dropThreshold, philox, randomBits } from "../../src/graph/philox.js";
import { engineExecutors } from "./executors.js";
import { batchesOf, type OpCase, pose } from "./op-case.js";
import { fixed } from "./random.js";

type Words = readonly bigint[];

/** Philox4x32-10 as its paper writes it, with all of counter and key. */
function plainPhilox(counter: Words, key: Words): bigint[] {
  const mask = 0xffffffffn;
  let [c0, c1, c2, c3] = counter as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c0;
    const p1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & mask, (p0 >> 32n) ^ c3 ^ k1, p0 & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return [c0, c1, c2, c3];
}

const words = (text: string) => text.split(" ").map((word) => BigInt(`0x${word}`));
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe("Philox4x32-10", () => {
  // From Random123's kat_vectors.
  it.each([
    [
      "00000000 00000000 00000000 00000000",
      "00000000 00000000",
      "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    ],
    [
      "ffffffff ffffffff ffffffff ffffffff",
      "ffffffff ffffffff",
      "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ],
    [
      "243f6a88 85a308d3 13198a2e 03707344",
      "a4093822 299f31d0",
      "d16cfe09 94fdcceb 5001e420 24126ea1",
    ],
  ])("the plain form gives the published answer for counter %s, key %s", (counter, key, answer) => {
    expect(plainPhilox(words(counter), words(key))).toEqual(words(answer));
  });

  it("gives the published answer for zeros", () => {
    const bits = philox({ seed: 0, stream: 0, step: 0 }, 0);
    expect(bits).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  });

  it("equals the plain form with counter (block, step, stream, 0) and key (seed, 0)", () => {
    fc.assert(
      fc.property(u32, u32, u32, u32, (seed, stream, step, block) => {
        const plain = plainPhilox([block, step, stream, 0].map(BigInt), [BigInt(seed), 0n]);
        expect(philox({ seed, stream, step }, block).map(BigInt)).toEqual(plain);
      }),
      { numRuns: 300 },
    );
  });

  it("gives position 4 b + i the word i of block b", () => {
    const key = { seed: 3, stream: 5, step: 7 };
    const bits = Array.from({ length: 12 }, (_, position) => randomBits(key, position));
    expect(bits).toEqual([0, 1, 2].flatMap((block) => philox(key, block)));
  });
});

describe.each(engineExecutors)("dropout masks of the $name", (executor) => {
  const SEED = 0xdeadbeef;
  /** Long enough that a wrong p shows. */
  const shape = [7, 5, 6] as const;
  const ones = { inputs: [shape], fills: [fixed([1])], training: true, images: 5, batchSize: 3 };

  /** 1 for every value that was kept, in the order [image][channel][position]. */
  async function survivors(build: OpCase["build"]): Promise<number[][]> {
    const problem = { ...pose({ ...ones, name: "", build }), seed: SEED };
    const batches = await executor.run(problem);
    return batches.flatMap(({ outputs }) =>
      outputs.map((output) => Array.from(output, (value) => Number(value !== 0))),
    );
  }

  /** What Philox decides for each unit of each image; the node is number 1. */
  function decisions(units: number, p: number): number[][] {
    const problem = pose({ ...ones, name: "", build: (x) => x });
    return batchesOf(problem).flatMap((batch, step) =>
      batch.map((_, slot) =>
        Array.from({ length: units }, (_, unit) => {
          const bits = randomBits({ seed: SEED, stream: 1, step }, slot * units + unit);
          return Number(bits >= dropThreshold(p));
        }),
      ),
    );
  }

  it.each([0, 0.1, 0.5, 0.9])("dropout %d", async (p) => {
    const [channels, rows, columns] = shape;
    const places = rows * columns;
    const kept = await survivors((x) => dropout(x!, p));
    const expected = decisions(channels * places, p).map((bits) =>
      // Positions count channels first: memory order.
      bits.map((_, at) => bits[(at % places) * channels + Math.floor(at / places)]),
    );
    expect(kept).toEqual(expected);
    const share = kept.flat().reduce((a, b) => a + b) / kept.flat().length;
    expect(Math.abs(share - (1 - p))).toBeLessThan(0.05);
  });

  it.each([0, 0.1, 0.5, 0.9])("dropout2d %d", async (p) => {
    const places = shape[1] * shape[2];
    const kept = await survivors((x) => dropout2d(x!, p));
    const expected = decisions(shape[0], p).map((bits) =>
      bits.flatMap((bit) => new Array(places).fill(bit)),
    );
    expect(kept).toEqual(expected);
  });
});
