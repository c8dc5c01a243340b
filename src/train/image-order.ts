import { checkSeed, checkWhole, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import { shuffle } from "./shuffle.js";

/**
 * Indices of the images sorted by class; images of one class keep their order.
 *
 * @throws InputError where labels are not a Uint8Array
 * @example
 * const order = classOrder(data.test.labels);
 * const { accuracy } = await evaluate({ model, data, parameters, order });
 */
export function classOrder(labels: Uint8Array): Uint32Array {
  if (!(labels instanceof Uint8Array)) {
    throw new InputError("classOrder", "labels to be a Uint8Array", shown(labels));
  }
  const order = new Uint32Array(labels.length);
  for (let image = 0; image < order.length; image++) order[image] = image;
  return order.sort((a, b) => labels[a]! - labels[b]! || a - b);
}

/**
 * A random permutation of 0 .. count − 1, a function of the seed.
 *
 * @param seed whole number, 0 .. 2³² − 1
 * @throws InputError where count or seed is out of range
 * @example
 * const order = shuffledOrder(data.test.count, 1);
 * const { accuracy } = await evaluate({ model, data, parameters, order });
 */
export function shuffledOrder(count: number, seed: number): Uint32Array {
  checkWhole("shuffledOrder", "count", count, 0, 2 ** 32 - 1);
  checkSeed("shuffledOrder", "seed", seed);
  const order = new Uint32Array(count);
  shuffle(order, seed, 0);
  return order;
}
