import { checkOptions, checkSeed, checkWhole } from "../../arguments.js";
import { sha256 } from "../../sha256.js";
import { type Allocate, newBytes } from "../allocate.js";
import type { Dataset, ImageSet } from "../dataset.js";
import { emptyPath, writeDigit } from "./handwriting/pen.js";
import { RandomStream } from "./handwriting/random.js";
import { drawPath } from "./handwriting/raster.js";
import { inventWriter, type Writer } from "./handwriting/writer.js";

const SIZE = 28;
const PIXELS = SIZE * SIZE;
const CLASSES = 10;

/** Who writes a split, and the random streams that keep the splits apart. */
const SPLITS = {
  train: { writers: 600, writerStream: 1, imageStream: 2, labelStream: 3 },
  test: { writers: 200, writerStream: 4, imageStream: 5, labelStream: 6 },
} as const;

/** The full data set's number of images. */
export const DIGITS_COUNTS = { train: 60_000, test: 10_000 } as const;

/** Keeps one split's bytes below 1 GiB. */
const MOST_IMAGES = 1_000_000;

/** What tells the full set of seed 0 apart from other data. */
export const DIGITS_FACTS = {
  name: "digits",
  digest: "ab754f9d9e10d0ff1a770b21a377d638aae5cc9c7333ba6430afcb2d4da071dd",
  /** Mean and standard deviation of a training pixel, divided by 255. */
  mean: 0.1253,
  std: 0.282,
} as const;

/** How many images are written between two reports of progress. */
const PROGRESS_STEP = 1000;

/** Options of {@link digits}. */
export interface DigitsOptions {
  /** Default 0. Another seed invents other writers. */
  seed?: number;
  /** Number of training images, default 60,000. */
  train?: number;
  /** Number of test images, default 10,000. */
  test?: number;
  /** Makes the memory that the images are written into, default JavaScript's own. */
  allocate?: Allocate;
  /** Called now and then while the images are written. */
  onProgress?: (done: number, total: number) => void;
}

/** The ten digits in random order, for images 10·block to 10·block + 9: any ten are balanced. */
function labelsOfBlock(seed: number, stream: number, block: number): number[] {
  const random = new RandomStream(seed, stream, block);
  const labels = Array.from({ length: CLASSES }, (_, digit) => digit);
  for (let last = CLASSES - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const kept = labels[last]!;
    labels[last] = labels[other]!;
    labels[other] = kept;
  }
  return labels;
}

/** Writes the first `count` images of a split. Image i is a function of seed, split and i alone. */
function writeSplit(
  seed: number,
  split: keyof typeof SPLITS,
  count: number,
  allocate: Allocate,
  onImage: () => void,
): ImageSet {
  const { writers, writerStream, imageStream, labelStream } = SPLITS[split];
  const images = allocate(count * PIXELS);
  const labels = allocate(count);
  const known = new Map<number, Writer>();
  const path = emptyPath();
  const coverage = new Float64Array(PIXELS);
  let block: number[] = [];
  for (let i = 0; i < count; i++) {
    if (i % CLASSES === 0) block = labelsOfBlock(seed, labelStream, i / CLASSES);
    const digit = block[i % CLASSES]!;
    const random = new RandomStream(seed, imageStream, i);
    const who = random.below(writers);
    let writer = known.get(who);
    if (!writer) {
      writer = inventWriter(seed, writerStream, who);
      known.set(who, writer);
    }
    writeDigit(path, digit, writer, SIZE, random);
    coverage.fill(0);
    drawPath(path, writer.softness, coverage, SIZE, SIZE);
    inkToBytes(coverage, images, i * PIXELS, random);
    labels[i] = digit;
    onImage();
  }
  return { count, images, labels };
}

/** Turns coverage to pixels 0..255 with the grain of paper; what has no ink stays 0. */
function inkToBytes(
  coverage: Float64Array,
  images: Uint8Array,
  start: number,
  random: RandomStream,
): void {
  const ink = random.between(235, 255);
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    const value = coverage[pixel]!;
    if (value === 0) continue;
    const grain = 1 - 0.08 * random.uniform();
    images[start + pixel] = Math.floor(ink * value * grain + 0.5);
  }
}

/**
 * The built-in handwriting: ten digits, 28 × 28, 60,000 training and 10,000 test images, written by
 * a program in place of people, so that everything runs on a machine without MNIST and network.
 *
 * Every digit has several skeletons (the ways people write it). A writer has a slant, width, height,
 * pen, pressure, habits and a personal distortion of each skeleton; an image adds what varies from
 * one time to the next. The writers of the test images wrote no training image.
 *
 * The bytes depend on the seed only, not on the machine: nothing but + − × ÷ and square root, which
 * IEEE 754 rounds correctly, and 32-bit integers. Image i is the same whatever the counts.
 *
 * @throws InputError where an option is unknown, or the seed or a count is not a whole number of its range
 *
 * @example
 * const data = digits({ train: 6000, test: 1000 });
 */
export function digits(options: DigitsOptions = {}): Dataset {
  checkOptions("digits", options, ["seed", "train", "test", "allocate", "onProgress"]);
  const { seed = 0, train = DIGITS_COUNTS.train, test = DIGITS_COUNTS.test } = options;
  const { allocate = newBytes, onProgress } = options;
  checkSeed("digits", "seed", seed);
  checkWhole("digits", "train", train, 1, MOST_IMAGES);
  checkWhole("digits", "test", test, 1, MOST_IMAGES);
  const total = train + test;
  let done = 0;
  const onImage = () => {
    done++;
    if (onProgress && (done % PROGRESS_STEP === 0 || done === total)) onProgress(done, total);
  };
  const trainSet = writeSplit(seed, "train", train, allocate, onImage);
  const testSet = writeSplit(seed, "test", test, allocate, onImage);
  const { name, mean, std } = DIGITS_FACTS;
  return {
    name,
    channels: 1,
    rows: SIZE,
    columns: SIZE,
    classes: CLASSES,
    mean,
    std,
    train: trainSet,
    test: testSet,
    digest: sha256(trainSet.images, trainSet.labels, testSet.images, testSet.labels),
    source: "built in",
  };
}

/** How many images a name such as `digits-2000-500` stands for: training, then test images. */
const counted = /^digits-([1-9]\d{0,6})-([1-9]\d{0,6})$/;

/** Whether a name stands for the built-in digits: `digits`, or `digits-2000-500` for fewer of them. */
export function isDigitsName(name: string): boolean {
  return name === DIGITS_FACTS.name || counted.test(name);
}

/**
 * The built-in digits by their name: all of them as `digits`, the first 2,000 training and 500 test images as
 * `digits-2000-500`.
 *
 * @throws InputError where the name asks for too many
 */
export function namedDigits(name: string, options: DigitsOptions = {}): Dataset {
  const [, train, test] = counted.exec(name) ?? [];
  if (train === undefined) return digits(options);
  return { ...digits({ ...options, train: Number(train), test: Number(test) }), name };
}
