import { differenceInterval } from "../intervals.js";
import { publishedTotal } from "../published.js";

/** How two counts of correct test images compare. */
export type Comparison = "more" | "fewer" | "within noise";

/**
 * Whether one count of correct test images is more than another beyond the noise: the 95 % interval
 * of their difference does not hold 0.
 *
 * @param one an accuracy on the 10,000 test images, 0..1
 */
export function compareAccuracies(one: number, other: number): Comparison {
  const { low, high } = differenceInterval(imagesOf(one), imagesOf(other), publishedTotal);
  if (low > 0) return "more";
  if (high < 0) return "fewer";
  return "within noise";
}

/** Images by which two networks of this accuracy may differ with nothing but noise between them. */
export function noiseImages(accuracy: number): number {
  const count = imagesOf(accuracy);
  return Math.round(differenceInterval(count, count, publishedTotal).high * publishedTotal);
}

/** An accuracy as a number of the 10,000 test images. */
export function imagesOf(accuracy: number): number {
  return Math.round(accuracy * publishedTotal);
}
