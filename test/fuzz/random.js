/** Numbers that sizes, counts and offsets tend to go wrong at. */
const edges = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  16,
  63,
  64,
  65,
  127,
  128,
  255,
  256,
  65535,
  65536,
  2 ** 20,
  2 ** 24,
  2 ** 26,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  2 ** 64 - 1,
];

/** Random choices that a seed decides (Vigna and Steele's SplitMix, in 32 bits). */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A whole number in 0..limit − 1. */
  below(limit) {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return Math.floor((((z ^ (z >>> 15)) >>> 0) / 2 ** 32) * limit);
  }

  chance(probability) {
    return this.below(2 ** 30) < probability * 2 ** 30;
  }

  pick(items) {
    return items[this.below(items.length)];
  }

  /** 1, less often 2, and so on. */
  few() {
    let count = 1;
    while (count < 6 && this.chance(0.5)) count++;
    return count;
  }

  /** A number near one of the edges, or near what was there. */
  edge(near = 0) {
    const base = this.chance(0.3) ? near : this.pick(edges);
    return Math.max(0, base + this.pick([-1, 0, 0, 0, 1]));
  }
}
