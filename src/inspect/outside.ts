import type { Views } from "./view-types.js";

/** A transformer with a larger fraction of its sample points outside the image counts as missing it. */
export const mostOutside = 0.5;

/** Fraction of the sample points of a grid [2, rows, columns] beyond the image's edges, −1 and 1. */
export function partOutside(grid: ArrayLike<number>): number {
  const points = grid.length / 2;
  let outside = 0;
  for (let at = 0; at < points; at++) {
    const inside = Math.abs(grid[at]!) <= 1 && Math.abs(grid[points + at]!) <= 1;
    if (!inside) outside++;
  }
  return outside / points;
}

/**
 * Fraction of the sample points that lie outside the image, averaged over the images of the views. The
 * grid runs over pixel centres, `x = (2c + 1) / columns − 1`, as `affineGrid` has it.
 *
 * @returns undefined where the views hold no transformer
 */
export function viewsOutside({ rows, columns, images }: Views): number | undefined {
  const thetas = images.flatMap(({ theta }) => (theta ? [theta] : []));
  if (thetas.length === 0) return undefined;
  const parts = thetas.map((theta) => partOutside(affinePoints(theta, rows, columns)));
  return parts.reduce((sum, part) => sum + part, 0) / parts.length;
}

/** `[a·x + b·y + c; d·x + e·y + f]` at each pixel centre: [2, rows, columns]. */
function affinePoints(
  [a = 1, b = 0, c = 0, d = 0, e = 1, f = 0]: readonly number[],
  rows: number,
  columns: number,
): number[] {
  const centres = Array.from({ length: rows * columns }, (_, at) => {
    const x = (2 * (at % columns) + 1) / columns - 1;
    const y = (2 * Math.floor(at / columns) + 1) / rows - 1;
    return [x, y] as const;
  });
  return [
    ...centres.map(([x, y]) => a * x + b * y + c),
    ...centres.map(([x, y]) => d * x + e * y + f),
  ];
}
