/**
 * The differences `aᵢ − bᵢ`, seed by seed, without the noise of rounding: 99.2 − 99.1 and 99.3 − 99.2 are equal, as their
 * decimals say, though not all of their bits are. Else tests of ranks would miss ties, and a deviation of 0 would not
 * be 0. Differences are rounded to a power of two of about 10⁻¹² of the largest value.
 */
export function differences(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  let largest = 0;
  for (let at = 0; at < a.length; at++) {
    largest = Math.max(largest, Math.abs(a[at]!), Math.abs(b[at]!));
  }
  let unit = 1;
  while (unit > largest * 2 ** -40 && unit > 2 ** -1000) unit /= 2;
  while (unit * 2 <= largest * 2 ** -40) unit *= 2;
  return Array.from(
    { length: a.length },
    (_, at) => Math.round((a[at]! - b[at]!) / unit) * unit || 0,
  );
}
