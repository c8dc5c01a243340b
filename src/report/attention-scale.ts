import { type Rgb, rampColor } from "./palette.js";

/**
 * Multiples of the even share in the legend. The last one is the top of the scale; larger ones have the
 * same colour.
 */
export const legendMultiples = [0, 1, 2, 4, 8, 16, 32] as const;

export const topMultiple = legendMultiples.at(-1)!;

/**
 * The position of a multiple of the even share on the colour scale, 0..1: `log(1 + multiple) / log(1 + top)`.
 *
 * Logarithmic, since weights differ by factors; 0 gives 0. All maps of all figures share the scale, so that
 * equal colours mean equal multiples.
 */
export function scalePosition(multiple: number): number {
  return Math.min(1, Math.log1p(multiple) / Math.log1p(topMultiple));
}

/** The colour of a multiple of the even share. */
export function multipleColor(multiple: number): Rgb {
  return rampColor(scalePosition(multiple));
}
