/** How many letters to put in, leave out, replace or swap with the next to get from one to the other. */
export function editDistance(from: string, to: string): number {
  // rows[i][j]: the distance of the first i letters from the first j.
  const rows = Array.from({ length: from.length + 1 }, (_, i) => [i]);
  rows[0] = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    for (let j = 1; j <= to.length; j++) {
      const replaced = from[i - 1] === to[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      rows[i]![j] = Math.min(
        rows[i - 1]![j]! + 1,
        rows[i]![j - 1]! + 1,
        rows[i - 1]![j - 1]! + replaced,
        swapped ? rows[i - 2]![j - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return rows[from.length]![to.length]!;
}
