/**
 * The rank of each value: 1 for the smallest. Equal values share the mean of their ranks (midranks), so that twice a
 * rank is a whole number.
 */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, at) => at);
  order.sort((one, other) => values[one]! - values[other]!);
  const result = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let at = start; at < end; at++) result[order[at]!] = (start + 1 + end) / 2;
  }
  return result;
}

/** `Σ (t³ − t)` over the groups of t equal values: what ties take from the variance of a sum of ranks. */
export function tieTerm(values: ArrayLike<number>): number {
  const counts = new Map<number, number>();
  for (let at = 0; at < values.length; at++) {
    counts.set(values[at]!, (counts.get(values[at]!) ?? 0) + 1);
  }
  let sum = 0;
  for (const count of counts.values()) sum += count ** 3 - count;
  return sum;
}
