import type { Pixels } from "./pixels.js";

/** For an output pixel along one axis: the first input pixel and the whole-number weights of it and those after it. */
interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

/** The sum of each output pixel's weights, and its taps. */
interface Axis {
  readonly total: number;
  readonly taps: readonly Taps[];
}

/**
 * Scales a picture to another size: along an axis that shrinks, an output pixel is the mean of the area that it covers;
 * along one that grows, bilinear between pixel centres (as `align_corners=False`). Weights and sums are whole numbers
 * below 2⁵³, so that the bytes are the same on every machine.
 */
export function resize(picture: Pixels, rows: number, columns: number): Pixels {
  if (picture.rows === rows && picture.columns === columns) return picture;
  const { channels, values } = picture;
  const [down, across] = [axis(picture.rows, rows), axis(picture.columns, columns)];
  // Rows first: sums of values, not rounded yet.
  const width = picture.columns * channels;
  const sums = new Float64Array(width);
  const total = down.total * across.total;
  const resized = new Uint8Array(rows * columns * channels);
  down.taps.forEach(({ first, weights }, row) => {
    sums.fill(0);
    weights.forEach((weight, tap) => {
      const from = (first + tap) * width;
      for (let at = 0; at < width; at++) sums[at]! += weight * values[from + at]!;
    });
    across.taps.forEach((taps, column) => {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        taps.weights.forEach((weight, tap) => {
          sum += weight * sums[(taps.first + tap) * channels + channel]!;
        });
        resized[(row * columns + column) * channels + channel] = Math.floor(sum / total + 0.5);
      }
    });
  });
  return { rows, columns, channels, values: resized };
}

function axis(from: number, to: number): Axis {
  return to <= from ? areaAxis(from, to) : linearAxis(from, to);
}

/** Output pixel i covers input i · from/to to (i + 1) · from/to; lengths in units of 1/to. */
function areaAxis(from: number, to: number): Axis {
  const taps = Array.from({ length: to }, (_, i): Taps => {
    const [begin, end] = [i * from, (i + 1) * from];
    const first = Math.floor(begin / to);
    const last = Math.ceil(end / to);
    const weights = Array.from({ length: last - first }, (_, tap) => {
      const left = (first + tap) * to;
      return Math.min(end, left + to) - Math.max(begin, left);
    });
    return { first, weights };
  });
  return { total: from, taps };
}

/** The centre of output pixel i lies at ((2i + 1) · from − to) / (2 · to) in pixels of the input. */
function linearAxis(from: number, to: number): Axis {
  const unit = 2 * to;
  const taps = Array.from({ length: to }, (_, i): Taps => {
    const centre = Math.min(Math.max((2 * i + 1) * from - to, 0), (from - 1) * unit);
    const first = Math.min(Math.floor(centre / unit), Math.max(0, from - 2));
    const part = centre - first * unit;
    return { first, weights: from === 1 ? [unit] : [unit - part, part] };
  });
  return { total: unit, taps };
}
