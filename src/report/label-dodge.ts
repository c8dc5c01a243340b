/**
 * Moves labels on a vertical axis apart, each as little as possible (least squares), keeping their order.
 *
 * After subtracting `index · gap` from each position, the condition "at least `gap` apart" becomes "not
 * decreasing". The nearest non-decreasing sequence is found by pooling adjacent violators.
 *
 * @param wanted Preferred positions of the labels.
 * @param gap Smallest distance between two labels.
 * @param bounds Lowest and highest position; the highest is exceeded where the labels do not fit.
 * @returns The new positions, in the order of `wanted`.
 */
export function dodge(
  wanted: readonly number[],
  gap: number,
  bounds: readonly [number, number],
): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  const slack = order.map((index, rank) => wanted[index]! - rank * gap);
  const low = bounds[0];
  const high = Math.max(low, bounds[1] - (wanted.length - 1) * gap);
  const moved: number[] = new Array(wanted.length).fill(0);
  nonDecreasing(slack).forEach((value, rank) => {
    moved[order[rank]!] = Math.min(high, Math.max(low, value)) + rank * gap;
  });
  return moved;
}

/** The non-decreasing sequence nearest to the values, least squares. */
function nonDecreasing(values: readonly number[]): number[] {
  const pools: { sum: number; count: number }[] = [];
  for (const value of values) {
    let pool = { sum: value, count: 1 };
    for (;;) {
      const before = pools.at(-1);
      if (!before || before.sum / before.count <= pool.sum / pool.count) break;
      pools.pop();
      pool = { sum: before.sum + pool.sum, count: before.count + pool.count };
    }
    pools.push(pool);
  }
  return pools.flatMap((pool) => new Array<number>(pool.count).fill(pool.sum / pool.count));
}
