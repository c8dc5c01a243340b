/**
 * Random bits as a pure function of (seed, stream, step, position), so that they never depend on the order in which
 * threads ask for them: Philox4x32-10, Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 *
 * `kernels/philox.ts` computes the same function; a test compares the two.
 */

const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** Streams: each purpose has its own random bits. Dropout's stream is its node's id, far below these. */
export const STREAM_INITIALIZATION = 0x8000_0000;
export const STREAM_HOLD_OUT = 0xa000_0000;
export const STREAM_DISTORTION = 0xb000_0000;
export const STREAM_DISTORTED_SET = 0xb100_0000;
export const STREAM_SUBSET = 0xb200_0000;
export const STREAM_SHUFFLE = 0xc000_0000;
export const STREAM_AUGMENTATION = 0xd000_0000;
export const STREAM_AUGMENTATION_NOISE = 0xd100_0000;
export const STREAM_AUGMENTATION_ELASTIC = 0xd200_0000;
export const STREAM_BOOTSTRAP = 0xe000_0000;
export const STREAM_BOOTSTRAP_IMAGES = 0xe100_0000;
export const STREAM_SIGN_FLIP = 0xe200_0000;
export const STREAM_SEARCH = 0xe300_0000;

/** Key of a sequence of random bits. All numbers are unsigned 32-bit integers. */
export interface RandomKey {
  readonly seed: number;
  readonly stream: number;
  readonly step: number;
}

/** High 32 bits of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) >>> 0;
}

/** The block of four unsigned 32-bit integers for this key and block number. */
export function philox(
  { seed, stream, step }: RandomKey,
  block: number,
): [number, number, number, number] {
  let [c0, c1, c2, c3] = [block >>> 0, step >>> 0, stream >>> 0, 0];
  let [k0, k1] = [seed >>> 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** The unsigned 32-bit integer at a position of a key's sequence. */
export function randomBits(key: RandomKey, position: number): number {
  return philox(key, Math.floor(position / 4))[position & 3]!;
}

/** The probability p as an unsigned 32-bit integer, p · 2³²: random bits below it mean "drop". */
export function dropThreshold(p: number): number {
  return Math.floor(p * 2 ** 32) >>> 0;
}
