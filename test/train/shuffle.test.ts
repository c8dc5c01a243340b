import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shuffle } from "../../src/train/shuffle.js";

function shuffled(length: number, seed: number, epoch: number): Uint32Array {
  const order = new Uint32Array(length);
  shuffle(order, seed, epoch);
  return order;
}

describe("shuffle", () => {
  it("is a permutation, whatever stood there before", () => {
    const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), seeds, (length, seed) => {
        const order = new Uint32Array(length).fill(7);
        shuffle(order, seed, 1);
        expect([...order].toSorted((a, b) => a - b)).toEqual(Array.from(order, (_, i) => i));
      }),
    );
  });

  it("is a function of seed and epoch", () => {
    expect(shuffled(100, 5, 3)).toEqual(shuffled(100, 5, 3));
    expect(shuffled(100, 5, 3)).not.toEqual(shuffled(100, 5, 4));
    expect(shuffled(100, 5, 3)).not.toEqual(shuffled(100, 6, 3));
  });

  it("puts every index everywhere equally often", () => {
    const counts = Array.from({ length: 4 }, () => new Array<number>(4).fill(0));
    const rounds = 4000;
    for (let epoch = 0; epoch < rounds; epoch++) {
      shuffled(4, 0, epoch).forEach((index, at) => {
        counts[index]![at]! += 1;
      });
    }
    // Six standard deviations of a binomial count.
    const tolerance = 6 * Math.sqrt((rounds * 3) / 16);
    for (const count of counts.flat()) {
      expect(Math.abs(count - rounds / 4)).toBeLessThan(tolerance);
    }
  });
});
