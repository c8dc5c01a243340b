import { InputError } from "../errors.js";
import { checkValues } from "./check-values.js";
import { mean } from "./deviation.js";

/** Per seed, a value per test image: 1 or 0 for correct or not; or the difference of two models, −1, 0 or 1. */
export type SeedsByImages = readonly ArrayLike<number>[];

/** How much of a mean over seeds and test images is chance, by source. All figures in the unit of the values. */
export interface NoiseSources {
  /** The mean over all seeds and images: the accuracy, or the difference of two. */
  readonly mean: number;
  /** Deviation of the runs' means: what one sees when the seed changes and the test images stay. */
  readonly betweenRuns: number;
  /**
   * Jordan's bound: the deviation that runs have even if all are equally good, as each run errs on other images:
   * `√(Σ εᵢ(1 − εᵢ)) / n`.
   */
  readonly expected: number;
  /** Deviation between seeds over all images that there could be: what is left of `betweenRuns` without that. */
  readonly seeds: number;
  /** Deviation between images: some are harder than others. */
  readonly images: number;
  /** What is left: runs that disagree on single images. */
  readonly rest: number;
  /** Standard errors of `mean` by source: seeds/√S, images/√N, rest/√(S N), and all of them together. */
  readonly errors: {
    readonly seeds: number;
    readonly images: number;
    readonly rest: number;
    readonly total: number;
  };
}

/**
 * Takes the two sources of noise apart: which seeds there happen to be, and which test images.
 *
 * Values are taken as `x = μ + seed + image + rest`. The variances follow from the mean squares of the two-way table of
 * S seeds by N images: `σ²(rest) = MSᵣ`, `σ²(seeds) = (MSₛ − MSᵣ) / N`, `σ²(images) = (MSᵢ − MSᵣ) / S`, 0 where that is
 * below 0. The standard error of the mean is `√(σ²(seeds)/S + σ²(images)/N + σ²(rest)/(S N))`: more seeds do not lessen
 * its second part.
 *
 * S. R. Searle, G. Casella and C. E. McCulloch, Variance components, 1992, §4.3 (two-way crossed, random). `expected`:
 * K. Jordan, On the variance of neural network training with respect to test sets and distributions, ICLR 2024; εᵢ, the
 * rate at which runs get image i wrong, is estimated from the S runs, with `S / (S − 1)` against its bias. If
 * `betweenRuns` is no larger than that, a seed that scores higher is not better: it fits the test images by luck.
 *
 * @throws InputError for fewer than 2 seeds or images, or for seeds with different numbers of images
 * @example
 * const seeds = [Uint8Array.of(1, 1, 0, 1), Uint8Array.of(1, 0, 0, 1), Uint8Array.of(1, 1, 1, 1)];
 * const sources = noiseSources(seeds); // a row a seed, a column a test image
 * console.log(sources.mean);
 */
export function noiseSources(values: SeedsByImages): NoiseSources {
  const [seeds, images] = sizesOf("noiseSources", values);
  const perSeed = values.map(mean);
  const perImage = new Float64Array(images);
  let squares = 0;
  for (const row of values) {
    for (let image = 0; image < images; image++) {
      perImage[image]! += row[image]! / seeds;
      squares += row[image]! * row[image]!;
    }
  }
  const middle = mean(perSeed);
  const ofSeeds = images * squaresAround(perSeed, middle);
  const ofImages = seeds * squaresAround(perImage, middle);
  const total = squares - seeds * images * middle * middle;
  const within = squares - seeds * perImage.reduce((sum, each) => sum + each * each, 0);
  const rest = Math.max(0, total - ofSeeds - ofImages) / ((seeds - 1) * (images - 1));
  const seedVariance = Math.max(0, (ofSeeds / (seeds - 1) - rest) / images);
  const imageVariance = Math.max(0, (ofImages / (images - 1) - rest) / seeds);
  const parts = [seedVariance / seeds, imageVariance / images, rest / (seeds * images)] as const;
  return {
    mean: middle,
    betweenRuns: Math.sqrt(ofSeeds / images / (seeds - 1)),
    expected: Math.sqrt(Math.max(0, within) / (seeds - 1)) / images,
    seeds: Math.sqrt(seedVariance),
    images: Math.sqrt(imageVariance),
    rest: Math.sqrt(rest),
    errors: {
      seeds: Math.sqrt(parts[0]),
      images: Math.sqrt(parts[1]),
      rest: Math.sqrt(parts[2]),
      total: Math.sqrt(parts[0] + parts[1] + parts[2]),
    },
  };
}

function squaresAround(values: ArrayLike<number>, middle: number): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += (values[at]! - middle) ** 2;
  return sum;
}

/** Numbers of seeds and images, 2 or more each. */
export function sizesOf(where: string, values: SeedsByImages): [seeds: number, images: number] {
  if (values.length < 2) throw new InputError(where, "2 or more seeds", `${values.length}`);
  const images = values[0]!.length;
  for (const [seed, row] of values.entries()) {
    checkValues(`${where}, seed ${seed} of ${values.length}`, row, 2);
    if (row.length !== images) {
      throw new InputError(where, `${images} images for each seed`, `${row.length}`);
    }
  }
  return [values.length, images];
}
