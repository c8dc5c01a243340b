/** A point of the plane: x, then y. */
type Point = readonly [x: number, y: number];

/** `U = r² ln r²`, the spline's kernel; 0 at 0. */
function bending([ax, ay]: Point, [bx, by]: Point, logarithm: (x: number) => number): number {
  const squared = (ax - bx) ** 2 + (ay - by) ** 2;
  return squared === 0 ? 0 : squared * logarithm(squared);
}

/**
 * How much each value at a control point counts at each position, in the smoothest function through these values:
 * `f(p) = a + b · x + c · y + Σ_k w_k U(|p − c_k|)` with `f(c_k) = v_k`, `Σ w_k = 0` and `Σ w_k c_k = 0`.
 *
 * @param controls at least three that are not in line
 * @param logarithm the natural one
 * @returns `weights[position][control]`
 */
export function splineWeights(
  controls: readonly Point[],
  positions: readonly Point[],
  logarithm: (x: number) => number = Math.log,
): number[][] {
  const bends = (p: Point) => controls.map((control) => bending(p, control, logarithm));
  const basis = (p: Point) => [...bends(p), 1, p[0], p[1]];
  const sides = ([x, y]: Point) => [1, x, y];
  const system = [
    ...controls.map((control) => basis(control)),
    ...[0, 1, 2].map((at) => [...controls.map((control) => sides(control)[at]!), 0, 0, 0]),
  ];
  const inverse = inverted(system);
  return positions.map((p) => {
    const values = basis(p);
    return controls.map((_, control) =>
      values.reduce((sum, value, at) => sum + value * inverse[at]![control]!, 0),
    );
  });
}

/** The inverse of a matrix, by Gauss-Jordan elimination with the largest pivot. */
function inverted(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((row, at) => [
    ...row,
    ...Array.from({ length: size }, (_, column) => Number(column === at)),
  ]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let at = column; at < size; at++) {
      if (Math.abs(rows[at]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = at;
    }
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const factor = rows[column]![column]!;
    const scaled = rows[column]!.map((value) => value / factor);
    rows.forEach((row, at) => {
      const times = row[column]!;
      rows[at] = at === column ? scaled : row.map((value, each) => value - times * scaled[each]!);
    });
  }
  return rows.map((row) => row.slice(size));
}
