import { differenceInterval } from "../../../stats/intervals.js";
import { publishedTotal } from "../published.js";

/** The result of comparing two accuracies. */
export type Comparison = "more" | "fewer" | "within noise";

/**
 * Compares two accuracies. They differ beyond the noise where the 95 % interval of their difference
 * does not contain 0.
 *
 * @param one accuracy on the 10,000 test images, 0..1
 */
export function compareAccuracies(one: number, other: number): Comparison {
  const { low, high } = differenceInterval(imagesOf(one), imagesOf(other), publishedTotal);
  if (low > 0) return "more";
  if (high < 0) return "fewer";
  return "within noise";
}

/**
 * The largest difference from this accuracy that is within the noise, in test images, upward or downward.
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

/** The number of the 10,000 test images that an accuracy stands for. */
export function imagesOf(accuracy: number): number {
  return Math.round(accuracy * publishedTotal);
}
