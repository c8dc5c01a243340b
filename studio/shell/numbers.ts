/** A probability in percent, without digits that nobody reads: `0 %`, `3 %`, `98 %`, `99.7 %`. */
export function inPercent(probability: number): string {
  if (Number.isNaN(probability)) return "NaN";
  const percent = probability * 100;
  return `${percent > 99 && percent < 99.95 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

/** Index of the largest value; −1 where one is NaN or there is none. */
export function largestIndex(values: ArrayLike<number>): number {
  let best = values.length > 0 ? 0 : -1;
  for (let index = 0; index < values.length; index++) {
    if (Number.isNaN(values[index])) return -1;
    if (values[index]! > values[best]!) best = index;
  }
  return best;
}

/** A value of a map with three figures: `0.138`, `−12.4`; 0 is `0`. */
export function shortNumber(value: number): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return String(value);
  const text =
    Math.abs(value) >= 1e4 || Math.abs(value) < 1e-3
      ? value.toExponential(1)
      : value.toPrecision(3);
  return text.replaceAll("-", "−");
}
