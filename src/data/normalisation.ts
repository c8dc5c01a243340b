import type { Dataset } from "./dataset.js";

/** Mean and standard deviation of a data set's pixels: a number for all channels, or a list with one for each. */
export type PixelStatistics = Pick<Dataset, "mean" | "std">;

/** Whether two data sets are normalised alike. */
export function sameNormalisation(a: PixelStatistics, b: PixelStatistics): boolean {
  return String(a.mean) === String(b.mean) && String(a.std) === String(b.std);
}

/** For people: `(x / 255 − 0.1307) / 0.3081`, or `(x / 255 − [0.49, 0.48, 0.45]) / [0.25, 0.24, 0.26]`. */
export function normalisationText({ mean, std }: PixelStatistics): string {
  return `(x / 255 − ${numbersText(mean)}) / ${numbersText(std)}`;
}

function numbersText(numbers: number | readonly number[]): string {
  return typeof numbers === "number" ? String(numbers) : `[${numbers.join(", ")}]`;
}
