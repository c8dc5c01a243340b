import { checkOptions, shown } from "../arguments.js";
import { InputError } from "../errors.js";

/** Two numbers, from the smaller to the larger. */
export type Range = readonly [number, number];

/** See `AugmentOptions.elastic`. */
export interface ElasticOptions {
  /** Pixels that a displacement of 1 is multiplied by, after smoothing. */
  readonly alpha: number;
  /** Standard deviation of the Gaussian that smooths, pixels. */
  readonly sigma: number;
}

/** See `AugmentOptions.erase`. */
export interface EraseOptions {
  /** 0..1. */
  readonly probability: number;
  /** Part of the image's area. Default [0.02, 0.33]. */
  readonly scale?: Range;
  /** Height / width. Default [0.3, 3.3]. */
  readonly ratio?: Range;
}

/**
 * Random changes of the training images, drawn anew for each image of each step. Drawn from Philox by seed, step and
 * position in the batch, so that bits depend on nothing else. They come in the order below; all that moves pixels is one
 * map, by which the image is sampled once, bilinearly, with 0 beyond its border.
 */
export interface AugmentOptions {
  /** Degrees d: about the centre by an angle in −d..d, clockwise, as `RandomAffine(degrees=d)`. Default 0. */
  readonly rotate?: number;
  /** Factors of size, as `RandomAffine(scale=…)`. Default [1, 1]. */
  readonly scale?: Range;
  /** Pixels s: in x and in y by −s..s, as `RandomAffine(translate=…)` without its rounding. Default 0. */
  readonly shift?: number;
  /** Degrees d: along x by an angle in −d..d, as `RandomAffine(shear=d)`. Default 0. */
  readonly shear?: number;
  /**
   * Pixels p: each corner moves by −p..p in x and in y, below a quarter of the image's side. `RandomPerspective` moves
   * corners inwards alone. Default 0.
   */
  readonly projective?: number;
  /**
   * Each pixel moves by `alpha` times a smoothed random number in −1..1, per axis: Simard, Steinkraus and Platt, ICDAR
   * 2003. `ElasticTransform(alpha)` moves half as far. Default: none.
   */
  readonly elastic?: ElasticOptions;
  /** Probability of 255 − byte, as `RandomInvert`. Default 0. */
  readonly invert?: number;
  /**
   * Standard deviation of noise, as a part of 255, cut at 0 and 255, as `GaussianNoise(sigma)`: a sum of eight uniform
   * numbers, within ±4.9 deviations. Default 0.
   */
  readonly noise?: number;
  /** With `probability` a rectangle becomes 0, as `RandomErasing` before normalisation. Default: none. */
  readonly erase?: EraseOptions;
  /** Side of a square that becomes 0, whose centre is a pixel: DeVries and Taylor, arXiv 1708.04552. Default 0. */
  readonly cutout?: number;
}

/** `AugmentOptions`, checked: what changes nothing is left out, and `erase` is complete. */
export interface Augmentation extends AugmentOptions {
  readonly erase?: Required<EraseOptions>;
}

const names = [
  "rotate",
  "scale",
  "shift",
  "shear",
  "projective",
  "elastic",
  "invert",
  "noise",
  "erase",
  "cutout",
] as const satisfies (keyof AugmentOptions)[];

/** Largest number of pixels, and of a standard deviation of pixels. */
const MOST_PIXELS = 4096;
const MOST_SIGMA = 64;

/**
 * Checks augmentations, and fills in defaults.
 *
 * @returns undefined where they change nothing
 * @throws InputError naming the first option that is wrong
 */
export function augmentationOf(
  where: string,
  options: AugmentOptions | undefined,
): Augmentation | undefined {
  if (options === undefined) return undefined;
  checkOptions(`${where}: augment`, options, names);
  const number = (
    name: "rotate" | "shift" | "shear" | "projective" | "invert" | "noise",
    most: number,
  ) => checkedNumber(where, `augment.${name}`, options[name] ?? 0, 0, most);
  const values = {
    rotate: number("rotate", 180),
    scale: checkedRange(where, "augment.scale", options.scale ?? [1, 1], 0.01, 100),
    shift: number("shift", MOST_PIXELS),
    shear: number("shear", 80),
    projective: number("projective", MOST_PIXELS),
    elastic: checkedElastic(where, options.elastic),
    invert: number("invert", 1),
    noise: number("noise", 10),
    erase: checkedErase(where, options.erase),
    cutout: checkedCutout(where, options.cutout ?? 0),
  };
  const changing = names.filter((name) => {
    const value = values[name];
    return Array.isArray(value)
      ? value.some((each) => each !== 1)
      : value !== undefined && value !== 0;
  });
  if (changing.length === 0) return undefined;
  return Object.fromEntries(changing.map((name) => [name, values[name]]));
}

function checkedNumber(
  where: string,
  what: string,
  value: unknown,
  least: number,
  most: number,
): number {
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw new InputError(where, `${what} to be a number in ${least}..${most}`, shown(value));
}

function checkedRange(
  where: string,
  what: string,
  value: unknown,
  least: number,
  most: number,
): Range {
  const isRange = Array.isArray(value) && value.length === 2;
  const [low, high]: unknown[] = isRange ? value : [];
  if (
    typeof low === "number" &&
    typeof high === "number" &&
    low >= least &&
    low <= high &&
    high <= most
  ) {
    return [low, high];
  }
  const expected = `${what} to be [low, high] with ${least} ≤ low ≤ high ≤ ${most}`;
  const got = isRange ? `[${value.map(shown).join(", ")}]` : shown(value);
  throw new InputError(where, expected, got);
}

function checkedElastic(
  where: string,
  options: ElasticOptions | undefined,
): ElasticOptions | undefined {
  if (options === undefined) return undefined;
  checkOptions(`${where}: augment.elastic`, options, ["alpha", "sigma"]);
  const alpha = checkedNumber(where, "augment.elastic.alpha", options.alpha, 0, MOST_PIXELS);
  const sigma = checkedNumber(where, "augment.elastic.sigma", options.sigma, 0.1, MOST_SIGMA);
  return alpha === 0 ? undefined : { alpha, sigma };
}

function checkedErase(
  where: string,
  options: EraseOptions | undefined,
): Required<EraseOptions> | undefined {
  if (options === undefined) return undefined;
  checkOptions(`${where}: augment.erase`, options, ["probability", "scale", "ratio"]);
  const { scale = [0.02, 0.33], ratio = [0.3, 3.3] } = options;
  const probability = checkedNumber(where, "augment.erase.probability", options.probability, 0, 1);
  const complete = {
    probability,
    scale: checkedRange(where, "augment.erase.scale", scale, 0, 1),
    ratio: checkedRange(where, "augment.erase.ratio", ratio, 0.01, 100),
  };
  return probability === 0 ? undefined : complete;
}

function checkedCutout(where: string, side: unknown): number {
  if (Number.isInteger(side)) return checkedNumber(where, "augment.cutout", side, 0, MOST_PIXELS);
  throw new InputError(
    where,
    `augment.cutout to be a whole number in 0..${MOST_PIXELS}`,
    shown(side),
  );
}
