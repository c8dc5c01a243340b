/** A pen's path as short straight pieces, in pixels; the pen's half width varies along it. */
export interface InkPath {
  /** x, y and half width of every point, three numbers a point. */
  readonly points: Float64Array;
  /** How many points are in use. */
  length: number;
  /** 1 where a point continues the stroke of the point before it, 0 where the pen was lifted. */
  readonly joined: Uint8Array;
}

/**
 * Draws the path into `coverage` (rows × columns, 0 to 1), where it keeps the larger value.
 *
 * A pixel's coverage by one piece falls from 1 to 0 over `softness` pixels across the edge of the
 * pen, `(r − d) / softness + 1/2` clamped to 0 .. 1, with d the distance from the pixel's centre to
 * the piece and r the half width at the nearest point.
 */
export function drawPath(
  path: InkPath,
  softness: number,
  coverage: Float64Array,
  rows: number,
  columns: number,
): void {
  const { points, joined, length } = path;
  const sharpness = 1 / softness;
  for (let p = 1; p < length; p++) {
    if (joined[p] === 0) continue;
    const ax = points[3 * p - 3]!;
    const ay = points[3 * p - 2]!;
    const ar = points[3 * p - 1]!;
    const dx = points[3 * p]! - ax;
    const dy = points[3 * p + 1]! - ay;
    const dr = points[3 * p + 2]! - ar;
    const reach = Math.max(ar, ar + dr) + softness * 0.5;
    // Pixel (row, column) has its centre at (column + 1/2, row + 1/2).
    const left = Math.max(0, Math.ceil(Math.min(ax, ax + dx) - reach - 0.5));
    const right = Math.min(columns - 1, Math.floor(Math.max(ax, ax + dx) + reach - 0.5));
    const top = Math.max(0, Math.ceil(Math.min(ay, ay + dy) - reach - 0.5));
    const bottom = Math.min(rows - 1, Math.floor(Math.max(ay, ay + dy) + reach - 0.5));
    const square = dx * dx + dy * dy;
    const inverse = square > 0 ? 1 / square : 0;
    for (let row = top; row <= bottom; row++) {
      const y = row + 0.5 - ay;
      for (let column = left; column <= right; column++) {
        const x = column + 0.5 - ax;
        const t = Math.max(0, Math.min(1, (x * dx + y * dy) * inverse));
        const ex = x - t * dx;
        const ey = y - t * dy;
        const value = (ar + t * dr - Math.sqrt(ex * ex + ey * ey)) * sharpness + 0.5;
        const at = row * columns + column;
        if (value > coverage[at]!) coverage[at] = Math.min(1, value);
      }
    }
  }
}
