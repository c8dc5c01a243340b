/** A point in pixels: column, then row. Whole numbers are pixel centres. */
export type PixelPoint = readonly [column: number, row: number];

/**
 * The part of the input that an affine map samples: the corners (−1, −1), (1, −1), (1, 1), (−1, 1)
 * of the output through theta, in input pixels.
 *
 * `pixel = ((x + 1) · size − 1) / 2`: −1 and 1 are the outer edges of the first and last pixel
 * (`align_corners=False`), so the identity gives −0.5 and size − 0.5.
 *
 * @param theta Row-major 2×3, output to input coordinates.
 */
export function sampledQuadrilateral(
  theta: readonly number[],
  rows: number,
  columns: number,
): PixelPoint[] {
  const [a = 1, b = 0, c = 0, d = 0, e = 1, f = 0] = theta;
  const corners = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ] as const;
  return corners.map(([x, y]) => [
    toPixel(a * x + b * y + c, columns),
    toPixel(d * x + e * y + f, rows),
  ]);
}

function toPixel(coordinate: number, size: number): number {
  return ((coordinate + 1) * size - 1) / 2;
}
