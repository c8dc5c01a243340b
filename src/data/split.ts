import { checkSeed, checkWhole, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import type { ImageShape } from "../graph/graph.js";
import { philox, STREAM_HOLD_OUT, STREAM_SUBSET } from "../graph/philox.js";
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
export function randomIndices(
  total: number,
  count: number,
  seed: number,
  stream = STREAM_HOLD_OUT,
): Uint32Array {
  const order = Uint32Array.from({ length: total }, (_, index) => index);
  const key = { seed, stream, step: 0 };
  for (let at = 0; at < count; at++) {
    const bits = philox(key, Math.floor(at / 4))[at % 4]!;
    const other = at + Math.floor((bits / 2 ** 32) * (total - at));
    const swapped = order[at]!;
    order[at] = order[other]!;
    order[other] = swapped;
  }
  return order.subarray(0, count);
}

/**
 * Some of the images of a set, of each class the same share: so many of each class as its share of `count` says, rounded so
 * that there are `count` in all. They keep the set's order.
 *
 * @param shape of one image; `Dataset` is one
 * @param count 1 .. images of the set
 * @param seed whole number, 0 .. 2³² − 1
 * @throws InputError where the count or the seed is out of range
 * @example
 * const few = stratifiedPart(data.train, data, 30, 0);
 * console.log(few.count); // 30
 */
export function stratifiedPart(
  set: ImageSet,
  shape: ImageShape,
  count: number,
  seed: number,
): ImageSet {
  checkWhole("stratifiedPart", "count", count, 1, set.count);
  checkSeed("stratifiedPart", "seed", seed);
  const byLabel = indicesByLabel(set);
  const labels = [...byLabel.keys()].sort((a, b) => a - b);
  const shares = shareOut(
    labels.map((label) => byLabel.get(label)!.length),
    count,
  );
  const taken = labels.flatMap((label, at) => {
    const images = byLabel.get(label)!;
    const order = randomIndices(images.length, images.length, seed, STREAM_SUBSET + label);
    return [...order.subarray(0, shares[at])].map((index) => images[index]!);
  });
  return subset(
    set,
    shape,
    taken.sort((a, b) => a - b),
  );
}

/** The images of each class that a set has, in the set's order. */
export function indicesByLabel({
  count,
  labels,
}: {
  readonly count: number;
  readonly labels: ArrayLike<number>;
}): Map<number, number[]> {
  const byLabel = new Map<number, number[]>();
  for (let at = 0; at < count; at++) {
    const label = labels[at]!;
    const list = byLabel.get(label);
    if (list) list.push(at);
    else byLabel.set(label, [at]);
  }
  return byLabel;
}

/** `total` in parts in proportion to the sizes: rounded down, and one more where the most was lost. */
function shareOut(sizes: readonly number[], total: number): number[] {
  const sum = sizes.reduce((all, size) => all + size, 0);
  const shares = sizes.map((size) => Math.floor((size * total) / sum));
  const lost = sizes.map((size) => (size * total) % sum);
  const left = total - shares.reduce((all, share) => all + share, 0);
  const order = sizes.map((_, at) => at).sort((a, b) => lost[b]! - lost[a]! || a - b);
  for (const at of order.slice(0, left)) shares[at]!++;
  return shares;
}
