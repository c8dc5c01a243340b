import { short } from "./markup.js";
import type { Box, Pixels } from "./pixel-image.js";

/**
 * The border between dark and bright pixels of a grey picture, as the `d` of a `<path>` along pixel edges.
 * The threshold is halfway between its darkest and its brightest pixel.
 */
export function pixelOutline({ rows, columns, bytes }: Pixels, box: Box): string {
  const values = Array.from(bytes);
  const level = (Math.min(...values) + Math.max(...values)) / 2;
  const bright = (row: number, column: number) =>
    row >= 0 && row < rows && column >= 0 && column < columns
      ? values[row * columns + column]! > level
      : false;
  const x = (column: number) => short(box.x + (column * box.width) / columns);
  const y = (row: number) => short(box.y + (row * box.height) / rows);
  const across = Array.from({ length: rows + 1 }, (_, row) =>
    runs(columns, (column) => bright(row - 1, column) !== bright(row, column)).map(
      ([from, to]) => `M${x(from)},${y(row)}H${x(to)}`,
    ),
  );
  const down = Array.from({ length: columns + 1 }, (_, column) =>
    runs(rows, (row) => bright(row, column - 1) !== bright(row, column)).map(
      ([from, to]) => `M${x(column)},${y(from)}V${y(to)}`,
    ),
  );
  return [...across, ...down].flat().join("");
}

/** The ranges `[from, to)` of 0..length − 1 for which something holds. */
function runs(length: number, holds: (at: number) => boolean): (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (let at = 0; at < length; at++) {
    if (!holds(at)) continue;
    const last = found.at(-1);
    if (last?.[1] === at) last[1] = at + 1;
    else found.push([at, at + 1]);
  }
  return found;
}
