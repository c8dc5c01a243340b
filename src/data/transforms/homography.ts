type Point = readonly [x: number, y: number];

/**
 * The projective map that takes a convex quadrilateral to the unit square: its corners to (0, 0), (1, 0), (1, 1), (0, 1).
 *
 * It is the inverse of the map of Heckbert, "Fundamentals of texture mapping and image warping", 1989:
 * `x = (a·u + b·v + c) / (g·u + h·v + 1)`, `y = (d·u + e·v + f) / (g·u + h·v + 1)`.
 *
 * @param corners clockwise, where y points down
 * @returns writes the point of the square to `to`; undefined where the corners do not make a convex quadrilateral in
 *   this order
 */
export function quadToSquare(
  corners: readonly Point[],
): ((x: number, y: number, to: Float64Array) => void) | undefined {
  if (cornerAreas(corners).some((area) => area <= 0)) return undefined;
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = corners as [Point, Point, Point, Point];
  const [dx1, dx2, sx] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, sy] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const determinant = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / determinant;
  const h = (dx1 * sy - sx * dy1) / determinant;
  const [a, b, c] = [x1 - x0 + g * x1, x3 - x0 + h * x3, x0];
  const [d, e, f] = [y1 - y0 + g * y1, y3 - y0 + h * y3, y0];
  // The adjugate is the inverse up to a factor, which the division takes out.
  return (x, y, to) => {
    const w = (d * h - e * g) * x + (b * g - a * h) * y + (a * e - b * d);
    const u = (e - f * h) * x + (c * h - b) * y + (b * f - c * e);
    const v = (f * g - d) * x + (a - c * g) * y + (c * d - a * f);
    to[0] = u / w;
    to[1] = v / w;
  };
}

/** Of each corner, the area of the triangle that it makes with its neighbours; above 0 where the polygon is convex there. */
export function cornerAreas(corners: readonly Point[]): number[] {
  return corners.map(([x, y], at) => {
    const [nextX, nextY] = corners[(at + 1) % corners.length]!;
    const [afterX, afterY] = corners[(at + 2) % corners.length]!;
    return ((nextX - x) * (afterY - nextY) - (nextY - y) * (afterX - nextX)) / 2;
  });
}
