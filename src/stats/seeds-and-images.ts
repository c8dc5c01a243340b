import { checkSeed, checkWhole } from "../arguments.js";
import { STREAM_BOOTSTRAP, STREAM_BOOTSTRAP_IMAGES } from "../graph/philox.js";
import type { BootstrapOptions } from "./bootstrap.js";
import { checkBetween } from "./check-values.js";
import type { Interval } from "./intervals.js";
import { type SeedsByImages, sizesOf } from "./noise-sources.js";
import { quantile } from "./quantiles.js";
import { drawPositions } from "./resampling.js";

/**
 * The interval of a mean over seeds and test images that holds for other seeds and for other images: both are drawn with
 * replacement, independently, and the interval's ends are quantiles of the means.
 *
 * It counts what seeds and images do together three times instead of once, so that it is a little too wide; with few
 * seeds, it counts the seeds' part as (S − 1) / S of what it is.
 *
 * A. B. Owen, The pigeonhole bootstrap, Annals of Applied Statistics 1, 2007. X. Bouthillier et al., Accounting for
 * variance in machine learning benchmarks, MLSys 2021 (why both).
 *
 * @param options `resamples` is 2,000 by default
 * @throws InputError for fewer than 2 seeds or images, or for seeds with different numbers of images
 * @example
 * const seeds = [Uint8Array.of(1, 1, 0, 1), Uint8Array.of(1, 0, 0, 1), Uint8Array.of(1, 1, 1, 1)];
 * const { low, high } = seedsAndImagesInterval(seeds);
 */
export function seedsAndImagesInterval(
  values: SeedsByImages,
  { confidence = 0.95, resamples = 2_000, seed = 0 }: BootstrapOptions = {},
): Interval {
  const [seeds, images] = sizesOf("seedsAndImagesInterval", values);
  checkBetween("seedsAndImagesInterval", "confidence", confidence, 0, 1);
  checkWhole("seedsAndImagesInterval", "resamples", resamples, 1);
  checkSeed("seedsAndImagesInterval", "seed", seed);
  const base = usualValue(values);
  const unusual = values.map((row) => unusualImages(row, base));
  const chosenSeeds = new Uint32Array(seeds);
  const chosenImages = new Uint32Array(images);
  const times = new Uint32Array(images);
  const means = new Float64Array(resamples);
  for (let step = 0; step < resamples; step++) {
    drawPositions(chosenSeeds, seeds, { seed, stream: STREAM_BOOTSTRAP, step });
    drawPositions(chosenImages, images, { seed, stream: STREAM_BOOTSTRAP_IMAGES, step });
    times.fill(0);
    for (const image of chosenImages) times[image]!++;
    let sum = 0;
    for (const chosen of chosenSeeds) {
      const row = values[chosen]!;
      for (const image of unusual[chosen]!) sum += times[image]! * (row[image]! - base);
    }
    means[step] = base + sum / (seeds * images);
  }
  means.sort();
  const out = (1 - confidence) / 2;
  return { low: quantile(means, out), high: quantile(means, 1 - out) };
}

/** 1 where more values are 1 than 0, else 0: most terms of a sum of differences from it are 0. */
function usualValue(values: SeedsByImages): number {
  let ones = 0;
  let zeros = 0;
  const [row] = values;
  for (let image = 0; image < row!.length; image++) {
    if (row![image] === 1) ones++;
    if (row![image] === 0) zeros++;
  }
  return ones > zeros ? 1 : 0;
}

function unusualImages(row: ArrayLike<number>, base: number): Uint32Array {
  const found: number[] = [];
  for (let image = 0; image < row.length; image++) if (row[image] !== base) found.push(image);
  return Uint32Array.from(found);
}
