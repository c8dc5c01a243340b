import { differenceInterval } from "../../../stats/intervals.js";
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

/**
 * The most test images that a network may get more, or fewer, than one of this accuracy while the
 * difference is within the noise.
 */
export function noiseImages(accuracy: number, direction: "more" | "fewer"): number {
  const step = direction === "more" ? 1 : -1;
  const count = imagesOf(accuracy);
  let images = 0;
  const differs = (difference: number) => {
    const other = count + step * difference;
    if (other < 0 || other > publishedTotal) return true;
    return compareAccuracies(other / publishedTotal, accuracy) !== "within noise";
  };
  while (!differs(images + 1)) images++;
  return images;
}

/** An accuracy as a number of the 10,000 test images. */
export function imagesOf(accuracy: number): number {
  return Math.round(accuracy * publishedTotal);
}
