import { type Rgb, rampColor } from "./palette.js";

/**
 * Multiples of the even share that the legend names. The last is the top of the scale; what is above
 * has its colour.
 */
export const legendMultiples = [0, 1, 2, 4, 8, 16, 32] as const;

export const topMultiple = legendMultiples.at(-1)!;

/**
 * Where a multiple of the even share stands on the scale, 0..1: `log(1 + multiple) / log(1 + top)`.
 *
 * Logarithmic, as weights differ by factors, and 0 for 0. It is the same for every map of every
 * figure, so that equal colours are equal multiples and uniform attention is as dark as it is even.
 */
export function scalePosition(multiple: number): number {
  return Math.min(1, Math.log1p(multiple) / Math.log1p(topMultiple));
}

/** The colour of a multiple of the even share. */
export function multipleColor(multiple: number): Rgb {
  return rampColor(scalePosition(multiple));
}
