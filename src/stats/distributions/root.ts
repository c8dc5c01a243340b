/**
 * The x in `low..high` at which an increasing function reaches `target`, to the last digit or two. Where the function
 * is above the target everywhere, `low`; below everywhere, `high`.
 *
 * Bisection, so that it cannot fail, with the secant's point where that is inside (R. P. Brent's idea, simplified: the
 * two alternate).
 */
export function increasingRoot(
  f: (x: number) => number,
  target: number,
  low: number,
  high: number,
): number {
  let [left, right] = [low, high];
  let [below, above] = [f(left) - target, f(right) - target];
  if (below >= 0) return left;
  if (above <= 0) return right;
  for (let step = 0; step < 200; step++) {
    const middle = left + (right - left) / 2;
    if (middle <= left || middle >= right) break;
    if (right - left <= 4e-16 * Math.max(Math.abs(left), Math.abs(right))) break;
    const secant = left - (below * (right - left)) / (above - below);
    const x = step % 2 === 0 && secant > left && secant < right ? secant : middle;
    const value = f(x) - target;
    if (value === 0) return x;
    if (value < 0) [left, below] = [x, value];
    else [right, above] = [x, value];
  }
  return left + (right - left) / 2;
}
