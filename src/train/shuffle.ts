import { philox, STREAM_SHUFFLE } from "../graph/philox.js";

/**
 * Fills `order` with a random permutation of 0 .. length − 1 that depends on the seed and the epoch
 * alone (Fisher and Yates' shuffle; Durstenfeld, CACM 7, 1964).
 */
export function shuffle(order: Uint32Array, seed: number, epoch: number): void {
  for (let i = 0; i < order.length; i++) order[i] = i;
  const key = { seed, stream: STREAM_SHUFFLE, step: epoch };
  let block: readonly number[] = [];
  for (let i = order.length - 1, draw = 0; i > 0; i--, draw++) {
    if (draw % 4 === 0) block = philox(key, draw / 4);
    const j = Math.floor((block[draw % 4]! / 2 ** 32) * (i + 1));
    const swapped = order[i]!;
    order[i] = order[j]!;
    order[j] = swapped;
  }
}
