import { philox, type RandomKey } from "../graph/philox.js";

/**
 * Fills `chosen` with random positions in 0..count − 1, drawn with replacement: `⌊bits · count / 2³²⌋`. A function of
 * the key alone, with the same result everywhere.
 */
export function drawPositions(chosen: Uint32Array, count: number, key: RandomKey): void {
  for (let at = 0; at < chosen.length; at += 4) {
    const block = philox(key, at / 4);
    for (let part = 0; part < 4 && at + part < chosen.length; part++) {
      chosen[at + part] = Math.floor((block[part]! / 2 ** 32) * count);
    }
  }
}
