import { checkSeed, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import { philox, STREAM_HOLD_OUT } from "../graph/philox.js";
import { checkDataset } from "./check-dataset.js";
import type { Dataset, ImageSet } from "./dataset.js";
import { subset } from "./subset.js";

/** Training images in two parts that share none. */
export interface HeldOut {
  /** What is left to train on, in the data set's order. */
  readonly train: ImageSet;
  /** What an epoch may be chosen on, in the data set's order. */
  readonly validation: ImageSet;
}

/**
 * Takes images away from the training images, so that something can be chosen on images that neither
 * trained the model nor score it. Which ones depends on the seed and the number of images alone.
 *
 * @param count 1 .. training images − 1
 * @param seed whole number, 0 .. 2³² − 1
 * @throws InputError where the count leaves nothing on one side, or the data or the seed are not what they have to be
 * @example
 * const { train: rest, validation } = holdOut(data, 60, 0);
 * console.log(rest.count, validation.count); // 240 60
 */
export function holdOut(data: Dataset, count: number, seed: number): HeldOut {
  checkDataset("holdOut", data);
  checkSeed("holdOut", "seed", seed);
  const total = data.train.count;
  if (!Number.isInteger(count) || count < 1 || count >= total) {
    const expected = `a whole number of images in 1..${total - 1}, of ${total} training images`;
    throw new InputError("holdOut", expected, shown(count));
  }
  const taken = new Set(randomIndices(total, count, seed));
  const all = Array.from({ length: total }, (_, index) => index);
  return {
    train: subset(
      data.train,
      data,
      all.filter((index) => !taken.has(index)),
    ),
    validation: subset(
      data.train,
      data,
      all.filter((index) => taken.has(index)),
    ),
  };
}

/** `count` different numbers of 0 .. total − 1: the first draws of a Fisher-Yates shuffle. */
export function randomIndices(total: number, count: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: total }, (_, index) => index);
  const key = { seed, stream: STREAM_HOLD_OUT, step: 0 };
  for (let at = 0; at < count; at++) {
    const bits = philox(key, Math.floor(at / 4))[at % 4]!;
    const other = at + Math.floor((bits / 2 ** 32) * (total - at));
    const swapped = order[at]!;
    order[at] = order[other]!;
    order[other] = swapped;
  }
  return order.subarray(0, count);
}
