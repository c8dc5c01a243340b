import { checkSeed, checkWhole, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import { shuffle } from "./shuffle.js";

/** The images by class, from 0 on; within a class as they stood. */
export function classOrder(labels: Uint8Array): Uint32Array {
  if (!(labels instanceof Uint8Array)) {
    throw new InputError("classOrder", "labels to be a Uint8Array", shown(labels));
  }
  const order = new Uint32Array(labels.length);
  for (let image = 0; image < order.length; image++) order[image] = image;
  return order.sort((a, b) => labels[a]! - labels[b]! || a - b);
}

/** A permutation of `count` images that the seed (0..2^32 − 1) decides. */
export function shuffledOrder(count: number, seed: number): Uint32Array {
  checkWhole("shuffledOrder", "count", count, 0, 2 ** 32 - 1);
  checkSeed("shuffledOrder", "seed", seed);
  const order = new Uint32Array(count);
  shuffle(order, seed, 0);
  return order;
}
