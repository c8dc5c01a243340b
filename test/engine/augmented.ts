import type { AugmentOptions } from "../../src/graph/augmentation.js";
import {
  philox,
  STREAM_AUGMENTATION,
  STREAM_AUGMENTATION_ELASTIC,
  STREAM_AUGMENTATION_NOISE,
} from "../../src/graph/philox.js";

/** An image and where it stands. */
export interface Augmented {
  /** Channels last. */
  readonly bytes: Uint8Array;
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  readonly seed: number;
  readonly step: number;
  readonly slot: number;
}

/** The augmented image in float64, [channel, row, column], as parts of 255. */
export function augmented(image: Augmented, options: AugmentOptions): Float64Array {
  const values = sampled(image, options);
  const uniform = drawsOf(image);
  const { channels, rows, columns, seed, step, slot } = image;
  if (uniform(5) < (options.invert ?? 0)) values.set(values.map((v) => 1 - v));
  // Noise is counted channels last.
  for (let i = 0; options.noise && i < values.length; i++) {
    const words = philox(
      { seed, stream: STREAM_AUGMENTATION_NOISE, step },
      slot * values.length + i,
    );
    const sum = words.reduce((before, word) => before + (word & 65535) + (word >>> 16), 0);
    const z = (sum - 4 * 65535) / Math.sqrt((8 * (2 ** 32 - 1)) / 12);
    const [channel, position] = [i % channels, Math.floor(i / channels)];
    const at = channel * rows * columns + position;
    values[at] = Math.min(1, Math.max(0, values[at]! + options.noise * z));
  }
  const clear = (top: number, left: number, height: number, width: number) => {
    for (let channel = 0; channel < channels; channel++)
      for (let r = Math.max(0, top); r < Math.min(rows, top + height); r++)
        for (let c = Math.max(0, left); c < Math.min(columns, left + width); c++)
          values[(channel * rows + r) * columns + c] = 0;
  };
  const { erase, cutout } = options;
  if (erase && uniform(16) < erase.probability) {
    const [areaLow, areaHigh] = erase.scale!;
    const [low, high] = erase.ratio!;
    const area = (areaLow + uniform(17) * (areaHigh - areaLow)) * rows * columns;
    const ratio = low * (high / low) ** uniform(18);
    const height = Math.min(rows, Math.round(Math.sqrt(area * ratio)));
    const width = Math.min(columns, Math.round(Math.sqrt(area / ratio)));
    const [top, left] = [uniform(19) * (rows - height + 1), uniform(20) * (columns - width + 1)];
    clear(Math.floor(top), Math.floor(left), height, width);
  }
  if (cutout) {
    const [row, column] = [Math.floor(uniform(6) * rows), Math.floor(uniform(7) * columns)];
    clear(row - Math.floor(cutout / 2), column - Math.floor(cutout / 2), cutout, cutout);
  }
  return values;
}

/** The numbers that an image draws once, in 0..1. */
function drawsOf({ seed, step, slot }: Augmented): (at: number) => number {
  const key = { seed, stream: STREAM_AUGMENTATION, step };
  return (at) => philox(key, slot * 6 + Math.floor(at / 4))[at % 4]! / 2 ** 32;
}

function sampled(image: Augmented, options: AugmentOptions): Float64Array {
  const { bytes, channels, rows, columns } = image;
  const from = mapOf(image, options);
  const field = fieldOf(image, options);
  const values = new Float64Array(channels * rows * columns);
  const pixel = (channel: number, r: number, c: number) =>
    r < 0 || c < 0 || r >= rows || c >= columns
      ? 0
      : bytes[(r * columns + c) * channels + channel]!;
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const at = r * columns + c;
      const [mappedX, mappedY] = from(c, r);
      const [x, y] = [mappedX + field[0]![at]!, mappedY + field[1]![at]!];
      const [left, top] = [Math.floor(x), Math.floor(y)];
      const [u, v] = [x - left, y - top];
      for (let channel = 0; channel < channels; channel++) {
        const tap = (down: number, right: number) => pixel(channel, top + down, left + right);
        const above = tap(0, 0) * (1 - u) + tap(0, 1) * u;
        const below = tap(1, 0) * (1 - u) + tap(1, 1) * u;
        values[channel * rows * columns + at] = (above * (1 - v) + below * v) / 255;
      }
    }
  return values;
}

/** Where a pixel comes from, without elastic displacements. */
function mapOf(image: Augmented, options: AugmentOptions) {
  const { rows, columns } = image;
  const uniform = drawsOf(image);
  const symmetric = (at: number, size = 0) => (2 * uniform(at) - 1) * size;
  const angle = (symmetric(0, options.rotate) * Math.PI) / 180;
  const [low, high] = options.scale ?? [1, 1];
  const scale = low + uniform(1) * (high - low);
  const [right, down] = [symmetric(2, options.shift), symmetric(3, options.shift)];
  const slope = Math.tan((symmetric(4, options.shear) * Math.PI) / 180);
  const [width, height] = [columns - 1, rows - 1];
  // torchvision's forward matrix, which is inverted here.
  const [a, b] = [scale * Math.cos(angle), scale * (-slope * Math.cos(angle) - Math.sin(angle))];
  const [c, d] = [scale * Math.sin(angle), scale * (-slope * Math.sin(angle) + Math.cos(angle))];
  const determinant = a * d - b * c;
  const corners = [0, 1, 2, 3].map((corner) => {
    const isRight = corner === 1 || corner === 2;
    const x = (isRight ? width : 0) + symmetric(8 + 2 * corner, options.projective);
    return [x, (corner >= 2 ? height : 0) + symmetric(9 + 2 * corner, options.projective)] as const;
  });
  const displaced = options.projective ? homography(width, height, corners) : undefined;
  return (column: number, row: number): readonly [number, number] => {
    const [px, py] = displaced ? displaced(column, row) : [column, row];
    const [x, y] = [px - width / 2 - right, py - height / 2 - down];
    return [(d * x - b * y) / determinant + width / 2, (-c * x + a * y) / determinant + height / 2];
  };
}

/** The map that takes the corners of a rectangle to these, from its eight equations. */
function homography(
  width: number,
  height: number,
  corners: readonly (readonly [number, number])[],
) {
  const sources = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ] as const;
  const equations = sources.flatMap(([u, v], index) => {
    const [x, y] = corners[index]!;
    return [
      [u, v, 1, 0, 0, 0, -u * x, -v * x, x],
      [0, 0, 0, u, v, 1, -u * y, -v * y, y],
    ];
  });
  const h = solved(equations);
  return (u: number, v: number): readonly [number, number] => {
    const w = h[6]! * u + h[7]! * v + 1;
    return [(h[0]! * u + h[1]! * v + h[2]!) / w, (h[3]! * u + h[4]! * v + h[5]!) / w];
  };
}

/** Gauss and Jordan's elimination with pivots. */
function solved(equations: readonly number[][]): number[] {
  const rows = equations.map((row) => [...row]);
  rows.forEach((_, column) => {
    const pivot = rows
      .slice(column)
      .reduce((a, b) => (Math.abs(b[column]!) > Math.abs(a[column]!) ? b : a));
    const at = rows.indexOf(pivot);
    [rows[column], rows[at]] = [rows[at]!, rows[column]!];
    const scaled = pivot.map((value) => value / pivot[column]!);
    rows.forEach((row, index) => {
      rows[index] =
        index === column ? scaled : row.map((value, i) => value - row[column]! * scaled[i]!);
    });
  });
  return rows.map((row) => row.at(-1)!);
}

/** Displacements in x and in y. */
function fieldOf(image: Augmented, { elastic }: AugmentOptions): readonly Float64Array[] {
  const { rows, columns, seed, step, slot } = image;
  const size = rows * columns;
  const blocks = Math.ceil((2 * size) / 4);
  return [0, 1].map((axis) => {
    const field = new Float64Array(size);
    if (!elastic) return field;
    const key = { seed, stream: STREAM_AUGMENTATION_ELASTIC, step };
    const noise = Array.from({ length: size }, (_, index) => {
      const position = axis * size + index;
      return (2 * philox(key, slot * blocks + (position >> 2))[position & 3]!) / 2 ** 32 - 1;
    });
    const radius = Math.ceil(3 * elastic.sigma);
    const taps = Array.from({ length: 2 * radius + 1 }, (_, k) =>
      Math.exp(-((k - radius) ** 2) / (2 * elastic.sigma ** 2)),
    );
    const sum = taps.reduce((a, b) => a + b);
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++)
        for (let y = Math.max(0, r - radius); y <= Math.min(rows - 1, r + radius); y++)
          for (let x = Math.max(0, c - radius); x <= Math.min(columns - 1, c + radius); x++) {
            const weight = (taps[y - r + radius]! * taps[x - c + radius]!) / sum ** 2;
            field[r * columns + c]! += elastic.alpha * weight * noise[y * columns + x]!;
          }
    return field;
  });
}
