import type { ImageShape } from "../../graph/graph.js";
import { philox, STREAM_DISTORTION } from "../../graph/philox.js";
import type { ImageSet } from "../dataset.js";

/** A change of an image's geometry. */
export type Movement =
  /** Pixels to the right and down; parts of pixels interpolate. */
  | { readonly kind: "shift"; readonly right: number; readonly down: number }
  /** Degrees clockwise about the centre of the image. */
  | { readonly kind: "rotate"; readonly degrees: number }
  /** About the centre; above 1 enlarges what is on the image. */
  | { readonly kind: "scale"; readonly factor: number }
  /** Degrees by which upright lines lean to the right, about the centre; between −90 and 90. */
  | { readonly kind: "shear"; readonly degrees: number };

/** One change to every image of a set. */
export type Distortion =
  | Movement
  /** 255 − byte. */
  | { readonly kind: "invert" }
  /** Adds noise with this standard deviation as a part of 255, pixel by pixel. */
  | { readonly kind: "noise"; readonly deviation: number; readonly seed: number };

/**
 * Images as they would look after a distortion; labels stay.
 *
 * Shifts, rotations, scalings and shears look up, for each pixel, the position where it came from, interpolate
 * bilinearly between the four pixels around it, take 0 outside the image and round to bytes. Noise is
 * a sum of eight uniforms, bell-shaped and within ±4.9 standard deviations, cut at 0 and 255.
 *
 * The bytes depend on the arguments alone, not on the machine: only operations that IEEE 754 rounds
 * correctly are used, sine and cosine are polynomials, and noise is Philox's of (seed, image, pixel).
 *
 * @example
 * const turned = distort(data.test, data, { kind: "rotate", degrees: 15 });
 * const { accuracy } = await evaluate({ model, data: { ...data, test: turned }, parameters });
 */
export function distort(set: ImageSet, shape: ImageShape, distortion: Distortion): ImageSet {
  switch (distortion.kind) {
    case "invert":
      return { ...set, images: set.images.map((byte) => 255 - byte) };
    case "noise":
      return addNoise(set, distortion.deviation * 255, distortion.seed);
    default:
      return resample(set, shape, lookupOf(distortion));
  }
}

/**
 * Images after several distortions, one after the other. Movements that follow one another are one map, by which an
 * image is sampled once, so that it does not blur with each of them.
 *
 * @example
 * const moved = distortInTurn(data.test, data, [
 *   { kind: "rotate", degrees: 15 },
 *   { kind: "shift", right: 2, down: 0 },
 * ]);
 */
export function distortInTurn(
  set: ImageSet,
  shape: ImageShape,
  distortions: readonly Distortion[],
): ImageSet {
  let found = set;
  let moved: Lookup | undefined;
  const move = () => {
    if (moved) found = resample(found, shape, moved);
    moved = undefined;
  };
  for (const distortion of distortions) {
    if (distortion.kind === "invert" || distortion.kind === "noise") {
      move();
      found = distort(found, shape, distortion);
    } else {
      const next = lookupOf(distortion);
      moved = moved ? composed(moved, next) : next;
    }
  }
  move();
  return found;
}

function lookupOf(movement: Movement): Lookup {
  switch (movement.kind) {
    case "shift":
      return { xx: 1, xy: 0, x0: -movement.right, yx: 0, yy: 1, y0: -movement.down };
    case "rotate": {
      // Looking back from the turned image is turning the other way.
      const [sin, cos] = sineAndCosine((movement.degrees * Math.PI) / 180);
      return { xx: cos, xy: sin, x0: 0, yx: -sin, yy: cos, y0: 0 };
    }
    case "scale": {
      const back = 1 / movement.factor;
      return { xx: back, xy: 0, x0: 0, yx: 0, yy: back, y0: 0 };
    }
    case "shear": {
      const [sin, cos] = sineAndCosine((movement.degrees * Math.PI) / 180);
      // y points down: what is above the centre moves to the right.
      return { xx: 1, xy: sin / cos, x0: 0, yx: 0, yy: 1, y0: 0 };
    }
  }
}

/** The lookup of a picture that `first` has made and `second` moves: the pixel that `second` reads, through `first`. */
function composed(first: Lookup, second: Lookup): Lookup {
  return {
    xx: first.xx * second.xx + first.xy * second.yx,
    xy: first.xx * second.xy + first.xy * second.yy,
    x0: first.xx * second.x0 + first.xy * second.y0 + first.x0,
    yx: first.yx * second.xx + first.yy * second.yx,
    yy: first.yx * second.xy + first.yy * second.yy,
    y0: first.yx * second.x0 + first.yy * second.y0 + first.y0,
  };
}

/** Where a pixel's value comes from, about the image's centre: `x' = xx·x + xy·y + x0`, `y' = …`. */
interface Lookup {
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
}

function resample(set: ImageSet, shape: ImageShape, lookup: Lookup): ImageSet {
  const { channels, rows, columns } = shape;
  const size = channels * rows * columns;
  const images = new Uint8Array(set.images.length);
  const [centreX, centreY] = [(columns - 1) / 2, (rows - 1) / 2];
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const [x, y] = [c - centreX, r - centreY];
      const fromX = lookup.xx * x + lookup.xy * y + lookup.x0 + centreX;
      const fromY = lookup.yx * x + lookup.yy * y + lookup.y0 + centreY;
      const neighbours = neighboursOf(fromX, fromY, shape);
      for (let image = 0; image < set.count; image++)
        for (let channel = 0; channel < channels; channel++) {
          let value = 0;
          for (const { offset, weight } of neighbours)
            value += weight * set.images[image * size + offset + channel]!;
          images[image * size + (r * columns + c) * channels + channel] = Math.floor(value + 0.5);
        }
    }
  return { ...set, images };
}

/** The pixels around a place that are inside the image, with their bilinear weights. */
function neighboursOf(x: number, y: number, { channels, rows, columns }: ImageShape) {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [partX, partY] = [x - left, y - top];
  return [
    { row: top, column: left, weight: (1 - partX) * (1 - partY) },
    { row: top, column: left + 1, weight: partX * (1 - partY) },
    { row: top + 1, column: left, weight: (1 - partX) * partY },
    { row: top + 1, column: left + 1, weight: partX * partY },
  ]
    .filter(({ row, column }) => row >= 0 && row < rows && column >= 0 && column < columns)
    .map(({ row, column, weight }) => ({ offset: (row * columns + column) * channels, weight }));
}

/** Sum of 8 uniforms of 16 bits: mean 8 · (2¹⁶ − 1) / 2, variance 8 · (2³² − 1) / 12. */
const MEAN_OF_EIGHT = 4 * (2 ** 16 - 1);
const DEVIATION_OF_EIGHT = Math.sqrt((8 * (2 ** 32 - 1)) / 12);

/** The eight uniforms of a block of random bits added, about 0. */
function sumOfEight(block: readonly number[]): number {
  let sum = -MEAN_OF_EIGHT;
  for (const bits of block) sum += (bits & 0xffff) + (bits >>> 16);
  return sum;
}

/** A bell-shaped number about 0 with deviation 1, within ±4.9, of four 32-bit integers. */
export function bell(block: readonly number[]): number {
  return sumOfEight(block) / DEVIATION_OF_EIGHT;
}

function addNoise(set: ImageSet, deviation: number, seed: number): ImageSet {
  const size = set.images.length / set.count;
  const scale = deviation / DEVIATION_OF_EIGHT;
  const images = set.images.map((byte, at) => {
    const key = { seed, stream: STREAM_DISTORTION, step: Math.floor(at / size) };
    const sum = sumOfEight(philox(key, at % size));
    return Math.min(255, Math.max(0, Math.floor(byte + scale * sum + 0.5)));
  });
  return { ...set, images };
}

/** Taylor's series of eˣ split in odd and even terms; for |x| ≤ π the rest is below 1e-15. */
export function sineAndCosine(x: number): [sine: number, cosine: number] {
  const sums: [number, number] = [0, 0];
  let term = 1;
  for (let power = 0; power < 32; power++) {
    const sign = power % 4 < 2 ? 1 : -1;
    sums[power % 2 === 1 ? 0 : 1] += sign * term;
    term *= x / (power + 1);
  }
  return sums;
}
