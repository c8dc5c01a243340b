const RESCALE = 1 / 4294967296; // 2^-32
const SQRT_3 = Math.sqrt(3);

/** Mixes 32 bits so that neighbouring keys give unrelated values (the `lowbias32` finalizer). */
function mix(key: number): number {
  let x = key | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/**
 * A stream of random numbers that is a pure function of its keys, with the same bits on every
 * machine: 32-bit integer arithmetic only (the generator is `sfc32` of PractRand).
 */
export class RandomStream {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /**
   * @param seed the data set's seed
   * @param purpose keeps streams of one seed apart: train images, test writers, …
   * @param index which image or writer
   */
  constructor(seed: number, purpose: number, index: number) {
    this.#a = mix(seed ^ 0x9e3779b9);
    this.#b = mix(purpose ^ this.#a);
    this.#c = index | 0;
    for (let round = 0; round < 12; round++) this.bits();
  }

  /** 32 random bits, as a signed integer. */
  bits(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return (this.bits() >>> 0) * RESCALE;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A whole number in 0 .. count − 1. */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /**
   * Bell-shaped around 0 with standard deviation `deviation`, never further out than 3.5 of them.
   * Four uniforms are added because logarithm and cosine differ from machine to machine.
   */
  bell(deviation: number): number {
    const sum = this.uniform() + this.uniform() + this.uniform() + this.uniform();
    return (sum - 2) * SQRT_3 * deviation;
  }
}
