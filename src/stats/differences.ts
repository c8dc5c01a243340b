/** The differences `aᵢ − bᵢ`, seed by seed. */
export function differences(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  return Array.from({ length: a.length }, (_, at) => a[at]! - b[at]!);
}
