import { checkChoice, checkOptions, checkSeed } from "../../arguments.js";
import { philox, STREAM_DISTORTED_SET } from "../../graph/philox.js";
import { splineWeights } from "../../graph/thin-plate-spline.js";
import { sha256 } from "../../sha256.js";
import { type Allocate, newBytes } from "../allocate.js";
import type { Dataset, ImageSet } from "../dataset.js";
import { bell, sineAndCosine } from "../transforms/distort.js";
import { cornerAreas, quadToSquare } from "../transforms/homography.js";
import { type DistortedName, distortedNames } from "./distorted-names.js";
import { pixelStatistics } from "./sets/dataset-of.js";

/** Options of {@link distortedMnist}. */
export interface DistortedOptions {
  /** Default 0, that of the sets that names find. */
  readonly seed?: number;
  /** Makes the memory that the images are written into. Default: JavaScript's own. */
  readonly allocate?: Allocate;
  /** Called after each image. */
  readonly onImage?: (done: number, total: number) => void;
}

/** Side of MNIST's images, and of those of the paper's larger sets. */
const side = 28;
const rtsSide = 42;
const clutteredSide = 60;

/** Distractors: how many, their side, and the box in the middle of an image that has the ink they are cut from. */
const clutter = { pieces: 6, side: 6, boxSide: 20 };

/** Images of `mnist-rot-12k`, of the 70,000 of MNIST; the last 2,000 training images are for validation there. */
const rotated = { train: 12_000, test: 50_000, of: 70_000 };

/**
 * A set of distorted digits. Each image depends on seed, set, part and its number alone, and its bytes are the same on every
 * machine: random bits are Philox's, sine, cosine and logarithm are polynomials, and only operations that IEEE 754 rounds
 * correctly are used. Pixels are sampled once, bilinearly, with 0 outside the image, and rounded.
 *
 * - `mnist-r`: turned by −90 to 90 degrees.
 * - `mnist-rts`: turned by −45 to 45 degrees, scaled by 0.7 to 1.2, at a random position of 42×42 pixels.
 * - `mnist-p`: scaled by 0.75 to 1, then each corner moved by normal numbers of deviation 5 pixels, so that each keeps a
 *   quarter or more of the triangle that it makes with its neighbours.
 * - `mnist-e`: scaled by 0.75 to 1, then a thin-plate spline through 4×4 points that move by normal numbers of deviation
 *   1.5 pixels.
 * - `mnist-cluttered`: at a random position of 60×60 pixels, with 6 pieces of 6×6 pixels of other digits of the same part.
 * - `mnist-rot-12k`: 12,000 training and 50,000 test images of all 70,000, turned by any angle.
 *
 * Papers: Jaderberg et al., "Spatial transformer networks", NeurIPS 2015, for all but the last one; Larochelle et al., "An
 * empirical evaluation of deep architectures on problems with many factors of variation", ICML 2007.
 *
 * @param mnist the original; other grey images of 28×28 are taken, too
 * @throws InputError where name or seed are wrong
 * @example
 * const turned = distortedMnist(digits({ train: 20, test: 10 }), "mnist-r", { seed: 1 });
 * console.log(turned.rows, turned.train.count); // 28 20
 */
export function distortedMnist(
  mnist: Dataset,
  name: DistortedName,
  options: DistortedOptions = {},
): Dataset {
  checkChoice("distortedMnist", "name", name, distortedNames);
  checkOptions("distortedMnist", options, ["seed", "allocate", "onImage"]);
  const { seed = 0, allocate = newBytes, onImage } = options;
  checkSeed("distortedMnist", "seed", seed);
  const { train, test } = partsOf(mnist, name, seed);
  const total = train.count + test.count;
  let done = 0;
  const changed = (part: Part): ImageSet => {
    const stream = STREAM_DISTORTED_SET + distortedNames.indexOf(name);
    const { outSide, change } = distortions[name];
    const size = outSide * outSide;
    const images = allocate(part.count * size);
    const labels = allocate(part.count);
    for (let at = 0; at < part.count; at++) {
      const random = new Draws(seed, stream, part.firstNumber + part.numbers[at]!);
      change({ part, at, random, out: images.subarray(at * size, (at + 1) * size) });
      labels[at] = part.labels[part.numbers[at]!]!;
      onImage?.(++done, total);
    }
    return { count: part.count, images, labels };
  };
  const sets = { train: changed(train), test: changed(test) };
  const { outSide } = distortions[name];
  const { channels, classes, classNames, source } = mnist;
  return {
    ...{ name, channels, rows: outSide, columns: outSide, classes },
    ...(classNames && { classNames }),
    ...pixelStatistics(sets.train.images, channels),
    ...sets,
    digest: sha256(sets.train.images, sets.train.labels, sets.test.images, sets.test.labels),
    source: `made of ${source}`,
  };
}

/** Images that are changed: some of a set's. */
interface Part {
  readonly count: number;
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  /** Numbers of the images that are changed, in their order. */
  readonly numbers: Uint32Array;
  /** What the numbers begin with among all images: test images follow the training images. */
  readonly firstNumber: number;
}

function partsOf({ train, test }: Dataset, name: DistortedName, seed: number) {
  const all = (set: ImageSet, firstNumber: number): Part => ({
    ...set,
    numbers: Uint32Array.from({ length: set.count }, (_, at) => at),
    firstNumber,
  });
  // 2³¹ keeps the numbers of the test images the same, however many training images there are.
  if (name !== "mnist-rot-12k") return { train: all(train, 0), test: all(test, 2 ** 31) };
  const joined = {
    count: train.count + test.count,
    images: concatenated(train.images, test.images),
    labels: concatenated(train.labels, test.labels),
  };
  const order = shuffled(joined.count, seed);
  const ends = [rotated.train, rotated.train + rotated.test].map((end) =>
    Math.round((joined.count * end) / rotated.of),
  );
  const part = (from: number, to: number): Part => {
    const numbers = order.subarray(from, to);
    return { ...joined, count: numbers.length, numbers, firstNumber: 0 };
  };
  return { train: part(0, ends[0]!), test: part(ends[0]!, ends[1]!) };
}

function concatenated(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** The numbers below `count` in a random order (Fisher-Yates). */
function shuffled(count: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, at) => at);
  const random = new Draws(seed, STREAM_DISTORTED_SET + distortedNames.length, 0);
  for (let at = count - 1; at > 0; at--) {
    const other = random.below(at + 1);
    const kept = order[at]!;
    order[at] = order[other]!;
    order[other] = kept;
  }
  return order;
}

/** Random numbers of an image, one after the other. Each takes a block of Philox. */
class Draws {
  #block = 0;

  constructor(
    private readonly seed: number,
    private readonly stream: number,
    private readonly step: number,
  ) {}

  #next(): readonly number[] {
    const { seed, stream, step } = this;
    return philox({ seed, stream, step }, this.#block++);
  }

  /** Uniform from `low` to `high`. */
  between(low: number, high: number): number {
    return low + (high - low) * (this.#next()[0]! / 2 ** 32);
  }

  /** A whole number of 0 .. count − 1. */
  below(count: number): number {
    return Math.floor((this.#next()[0]! / 2 ** 32) * count);
  }

  /** Bell-shaped, as the normal distribution up to ±4.9 deviations. */
  normal(deviation: number): number {
    return deviation * bell(this.#next());
  }
}

/** An image that is to be changed. */
interface Task {
  readonly part: Part;
  /** Its position among the part's `numbers`. */
  readonly at: number;
  readonly random: Draws;
  /** The bytes of the result, 0 before. */
  readonly out: Uint8Array;
}

interface DistortionOfSet {
  readonly outSide: number;
  change(task: Task): void;
}

const distortions: Readonly<Record<DistortedName, DistortionOfSet>> = {
  "mnist-r": { outSide: side, change: (task) => turn(task, task.random.between(-90, 90)) },
  "mnist-rts": { outSide: rtsSide, change: turnScaleAndPlace },
  "mnist-p": { outSide: side, change: moveCorners },
  "mnist-e": { outSide: side, change: bend },
  "mnist-cluttered": { outSide: clutteredSide, change: placeAmongClutter },
  "mnist-rot-12k": { outSide: side, change: (task) => turn(task, task.random.between(0, 360)) },
};

/** The image before its change. */
function original({ part, at }: Task): Uint8Array {
  const number = part.numbers[at]!;
  return part.images.subarray(number * side * side, (number + 1) * side * side);
}

/**
 * Where pixels of the result come from, about the middle of both: writes column and row of the original to `from`. A tuple
 * for each of 200 million pixels would take most of the time.
 */
type Lookup = (x: number, y: number, from: Float64Array) => void;

function turn(task: Task, degrees: number): void {
  resample(task, side, turnedBack(degrees, 1));
}

/** Looks back from an image that was scaled, then turned clockwise. */
function turnedBack(degrees: number, scale: number): Lookup {
  // Whole turns are taken off, as the series are for angles within ±π.
  const [sin, cos] = sineAndCosine(((degrees > 180 ? degrees - 360 : degrees) * Math.PI) / 180);
  return (x, y, from) => {
    from[0] = (cos * x + sin * y) / scale;
    from[1] = (cos * y - sin * x) / scale;
  };
}

function turnScaleAndPlace(task: Task): void {
  const { random } = task;
  const back = turnedBack(random.between(-45, 45), random.between(0.7, 1.2));
  // An image of the original's size fits at these offsets from the middle.
  const reach = rtsSide - side;
  const right = random.below(reach + 1) - reach / 2;
  const down = random.below(reach + 1) - reach / 2;
  resample(task, rtsSide, (x, y, from) => back(x - right, y - down, from));
}

/** Scale that leaves room for what moves outwards. */
function shrink(random: Draws): number {
  return random.between(0.75, 1);
}

function moveCorners(task: Task): void {
  const { random } = task;
  const scale = shrink(random);
  const half = (side - 1) / 2;
  const corners = [
    [-half, -half],
    [half, -half],
    [half, half],
    [-half, half],
  ] as const;
  // Where a corner is turned inwards, or nearly so, the image is folded or crushed: all corners are drawn again.
  const least = ((side - 1) * (side - 1)) / 2 / 4;
  for (;;) {
    const moved = corners.map(
      ([x, y]) => [scale * x + random.normal(5), scale * y + random.normal(5)] as const,
    );
    const back = cornerAreas(moved).every((area) => area >= least) && quadToSquare(moved);
    if (!back) continue;
    resample(task, side, (x, y, from) => {
      back(x, y, from);
      from[0] = (2 * from[0]! - 1) * half;
      from[1] = (2 * from[1]! - 1) * half;
    });
    return;
  }
}

/** Points along a side of the spline's lattice, which covers the image. */
const latticeSide = 4;
let lattice: readonly (readonly number[])[] | undefined;

/** How much each point of the lattice counts at each pixel. */
function latticeWeights(): readonly (readonly number[])[] {
  const half = (side - 1) / 2;
  const line = Array.from(
    { length: latticeSide },
    (_, at) => (2 * half * at) / (latticeSide - 1) - half,
  );
  const points = line.flatMap((y) => line.map((x) => [x, y] as const));
  const pixels = Array.from(
    { length: side * side },
    (_, at) => [(at % side) - half, Math.floor(at / side) - half] as const,
  );
  lattice ??= splineWeights(points, pixels, naturalLogarithm);
  return lattice;
}

function bend(task: Task): void {
  const { random } = task;
  const scale = shrink(random);
  // x, then y of each point.
  const moves = Float64Array.from({ length: 2 * latticeSide * latticeSide }, () =>
    random.normal(1.5),
  );
  const weights = latticeWeights();
  const half = (side - 1) / 2;
  resample(task, side, (x, y, from) => {
    const own = weights[(y + half) * side + x + half]!;
    let fromX = x;
    let fromY = y;
    for (let point = 0; point < own.length; point++) {
      fromX += own[point]! * moves[2 * point]!;
      fromY += own[point]! * moves[2 * point + 1]!;
    }
    from[0] = fromX / scale;
    from[1] = fromY / scale;
  });
}

function placeAmongClutter(task: Task): void {
  const { part, at, random, out } = task;
  const whole = { left: 0, top: 0, side };
  const free = clutteredSide - side + 1;
  paste(out, original(task), whole, { left: random.below(free), top: random.below(free) });
  const margin = (side - clutter.boxSide) / 2;
  const choices = clutter.boxSide - clutter.side + 1;
  for (let piece = 0; piece < clutter.pieces; piece++) {
    // Any image but this one.
    const other = (at + 1 + random.below(part.count - 1)) % part.count;
    const cut = {
      left: margin + random.below(choices),
      top: margin + random.below(choices),
      side: clutter.side,
    };
    const room = clutteredSide - clutter.side + 1;
    const to = { left: random.below(room), top: random.below(room) };
    paste(out, original({ ...task, at: other }), cut, to);
  }
}

/** Copies a square of an image; where it meets ink, the brighter pixel stays. */
function paste(
  out: Uint8Array,
  image: Uint8Array,
  cut: { readonly left: number; readonly top: number; readonly side: number },
  to: { readonly left: number; readonly top: number },
): void {
  for (let r = 0; r < cut.side; r++)
    for (let c = 0; c < cut.side; c++) {
      const place = (to.top + r) * clutteredSide + to.left + c;
      const value = image[(cut.top + r) * side + cut.left + c]!;
      if (value > out[place]!) out[place] = value;
    }
}

/** Samples the original bilinearly at the position of each pixel of the result. */
function resample(task: Task, outSide: number, lookup: Lookup): void {
  const image = original(task);
  const centre = (outSide - 1) / 2;
  const middle = (side - 1) / 2;
  const from = new Float64Array(2);
  for (let r = 0; r < outSide; r++)
    for (let c = 0; c < outSide; c++) {
      lookup(c - centre, r - centre, from);
      const value = sample(image, from[0]! + middle, from[1]! + middle);
      task.out[r * outSide + c] = Math.floor(value + 0.5);
    }
}

function sample(image: Uint8Array, x: number, y: number): number {
  // Also where a projective map divides by 0.
  if (!(x > -1 && x < side && y > -1 && y < side)) return 0;
  const left = Math.floor(x);
  const top = Math.floor(y);
  const partX = x - left;
  const partY = y - top;
  const upper = (1 - partX) * pixel(image, left, top) + partX * pixel(image, left + 1, top);
  const lower = (1 - partX) * pixel(image, left, top + 1) + partX * pixel(image, left + 1, top + 1);
  return (1 - partY) * upper + partY * lower;
}

function pixel(image: Uint8Array, column: number, row: number): number {
  if (column < 0 || column >= side || row < 0 || row >= side) return 0;
  return image[row * side + column]!;
}

/** ln x of a number above 0: x = m · 2ᵉ with m in 1/√2 .. √2, and ln m = 2 · (s + s³/3 + s⁵/5 + …), s = (m − 1)/(m + 1). */
function naturalLogarithm(x: number): number {
  let [m, exponent] = [x, 0];
  for (; m > Math.SQRT2; exponent++) m /= 2;
  for (; m < Math.SQRT1_2; exponent--) m *= 2;
  const s = (m - 1) / (m + 1);
  let [sum, power] = [0, s];
  for (let odd = 1; odd < 40; odd += 2) {
    sum += power / odd;
    power *= s * s;
  }
  return 2 * sum + exponent * Math.LN2;
}
