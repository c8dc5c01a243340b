import type { Pixels } from "./pixels.js";
import { resize } from "./resize.js";

/**
 * How a picture of another shape becomes one of the wanted size. `pad`: all of it is scaled to fit in, and the rest
 * gets the mean colour of its edge. `crop`: it is scaled to cover the size, and what stands over is cut off on both
 * sides. `stretch`: its sides are scaled apart.
 */
export type Fit = "pad" | "crop" | "stretch";

export const fits = ["pad", "crop", "stretch"] as const satisfies readonly Fit[];

/** Brings a picture to a size. */
export function fitTo(picture: Pixels, rows: number, columns: number, how: Fit): Pixels {
  if (picture.rows === rows && picture.columns === columns) return picture;
  if (how === "stretch") return resize(picture, rows, columns);
  const isTaller = picture.rows * columns > picture.columns * rows;
  // The side that decides the scale: of `pad` the longer one, of `crop` the shorter one.
  const byRows = (how === "pad") === isTaller;
  const scaled = byRows
    ? resize(picture, rows, nearest(picture.columns * rows, picture.rows))
    : resize(picture, nearest(picture.rows * columns, picture.columns), columns);
  return window(scaled, rows, columns);
}

/** `a / b` rounded, 1 or more. */
function nearest(a: number, b: number): number {
  return Math.max(1, Math.floor(a / b + 0.5));
}

/** The middle of a picture, with its edge's mean colour where it has no pixels. */
function window(picture: Pixels, rows: number, columns: number): Pixels {
  const { channels, values } = picture;
  const [top, left] = [offset(picture.rows, rows), offset(picture.columns, columns)];
  const colour = edgeColour(picture);
  const cut = new Uint8Array(rows * columns * channels);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [r, c] = [row + top, column + left];
      const isInside = r >= 0 && r < picture.rows && c >= 0 && c < picture.columns;
      const from = (r * picture.columns + c) * channels;
      for (let channel = 0; channel < channels; channel++) {
        const value = isInside ? values[from + channel]! : colour[channel]!;
        cut[(row * columns + column) * channels + channel] = value;
      }
    }
  }
  return { rows, columns, channels, values: cut };
}

function offset(from: number, to: number): number {
  return Math.trunc((from - to) / 2);
}

/** Per channel, the mean of the outermost pixels, rounded. */
function edgeColour({ rows, columns, channels, values }: Pixels): number[] {
  const sums = new Array<number>(channels).fill(0);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const isWhole = row === 0 || row === rows - 1;
    const step = isWhole || columns === 1 ? 1 : columns - 1;
    for (let column = 0; column < columns; column += step) {
      count++;
      const at = (row * columns + column) * channels;
      for (let channel = 0; channel < channels; channel++) sums[channel]! += values[at + channel]!;
    }
  }
  return sums.map((sum) => Math.floor(sum / count + 0.5));
}
