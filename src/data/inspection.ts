import type { Dataset, ImageSet } from "./dataset.js";
import { toGrey } from "./transforms/colours.js";
import { resize } from "./transforms/resize.js";

/** What there is of a class. */
export interface ClassCount {
  readonly name: string;
  readonly train: number;
  readonly test: number;
}

/** A test image, and the training image that is the same or nearly so. */
export interface Twin {
  readonly test: number;
  readonly train: number;
  /** Mean difference of a pixel, 0..255; 0 where all bytes are the same. */
  readonly difference: number;
  readonly testLabel: number;
  readonly trainLabel: number;
}

/** What can be said about a data set before anything is trained on it. */
export interface Inspection {
  readonly name: string;
  readonly shape: readonly [rows: number, columns: number, channels: number];
  readonly mean: Dataset["mean"];
  readonly std: Dataset["std"];
  readonly digest: string;
  readonly classes: readonly ClassCount[];
  /** Training images of the largest class over those of the smallest. */
  readonly imbalance: number;
  /** Test images whose bytes a training image has, too. */
  readonly exact: readonly Twin[];
  /** Test images from which a training image hardly differs. */
  readonly near: readonly Twin[];
  /** Training images whose bytes an earlier one has, too, and those of them with another label. */
  readonly repeated: number;
  readonly contradicting: number;
}

/** Whether no imbalance is worth a word: with one digit it would be 1.0. */
export function isBalanced({ imbalance }: Pick<Inspection, "imbalance">): boolean {
  return imbalance < 1.05;
}

/** Two images are nearly the same where a pixel differs by less than this on average, of 255. */
const NEAR = 4;
/** Side of the picture that a fingerprint is taken of. */
const side = 8;
/** Bits of a fingerprint that may differ, and pieces that it is looked up by: one of them is then the same. */
const pieces = 4;
/** Images with the same piece that an image is compared with. */
const mostCompared = 64;

/** Counts and compares the images of a data set. */
export function inspectData(data: Dataset): Inspection {
  const { name, rows, columns, channels, mean, std, digest, train, test } = data;
  const [inTrain, inTest] = [countsOf(train, data.classes), countsOf(test, data.classes)];
  const classes = inTrain.map((count, label) => ({
    name: data.classNames?.[label] ?? String(label),
    train: count,
    test: inTest[label]!,
  }));
  const byBytes = firstByBytes(data, train);
  const exact = exactTwins(data, byBytes.first);
  return {
    ...{ name, shape: [rows, columns, channels], mean, std, digest, classes },
    imbalance: Math.max(...inTrain) / Math.max(1, Math.min(...inTrain)),
    exact,
    near: nearTwins(data, new Set(exact.map((twin) => twin.test))),
    repeated: byBytes.repeated,
    contradicting: byBytes.contradicting,
  };
}

function countsOf({ labels }: ImageSet, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
}

function imageOf(data: Dataset, { images }: ImageSet, index: number): Uint8Array {
  const size = data.rows * data.columns * data.channels;
  return images.subarray(index * size, (index + 1) * size);
}

/** FNV-1a of an image's bytes: images with the same are compared byte by byte. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash >>> 0;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function firstByBytes(data: Dataset, set: ImageSet) {
  const first = new Map<number, number[]>();
  let [repeated, contradicting] = [0, 0];
  for (let index = 0; index < set.count; index++) {
    const image = imageOf(data, set, index);
    const hash = hashOf(image);
    const others = first.get(hash);
    const same = others?.find((other) => sameBytes(imageOf(data, set, other), image));
    if (same === undefined) {
      if (others) others.push(index);
      else first.set(hash, [index]);
      continue;
    }
    repeated++;
    if (set.labels[same] !== set.labels[index]) contradicting++;
  }
  return { first, repeated, contradicting };
}

function exactTwins(data: Dataset, first: ReadonlyMap<number, readonly number[]>): Twin[] {
  const { train, test } = data;
  return Array.from({ length: test.count }, (_, index) => index).flatMap((index) => {
    const image = imageOf(data, test, index);
    const others = first.get(hashOf(image)) ?? [];
    const same = others.find((other) => sameBytes(imageOf(data, train, other), image));
    return same === undefined ? [] : [twin(data, index, same, 0)];
  });
}

function twin({ train, test }: Dataset, index: number, other: number, difference: number): Twin {
  const [testLabel, trainLabel] = [test.labels[index]!, train.labels[other]!];
  return { test: index, train: other, difference, testLabel, trainLabel };
}

/** Candidates have a piece of a fingerprint in common; the pixels decide. */
function nearTwins(data: Dataset, exact: ReadonlySet<number>): Twin[] {
  const { train, test } = data;
  const tables = Array.from({ length: pieces }, () => new Map<number, number[]>());
  for (let index = 0; index < train.count; index++) {
    fingerprint(data, train, index).forEach((piece, at) => {
      const list = tables[at]!.get(piece);
      if (list === undefined) tables[at]!.set(piece, [index]);
      else if (list.length < mostCompared) list.push(index);
    });
  }
  const found: Twin[] = [];
  for (let index = 0; index < test.count; index++) {
    if (exact.has(index)) continue;
    const image = imageOf(data, test, index);
    const others = new Set<number>();
    fingerprint(data, test, index).forEach((piece, at) => {
      for (const other of tables[at]!.get(piece) ?? []) others.add(other);
    });
    let best: Twin | undefined;
    for (const other of others) {
      const difference = differenceOf(image, imageOf(data, train, other));
      if (difference < (best?.difference ?? NEAR)) best = twin(data, index, other, difference);
    }
    if (best) found.push(best);
  }
  return found;
}

/** Mean difference of two images' bytes; `NEAR` or more once it cannot be less. */
function differenceOf(a: Uint8Array, b: Uint8Array): number {
  const most = NEAR * a.length;
  let sum = 0;
  for (let at = 0; at < a.length && sum < most; at++) sum += Math.abs(a[at]! - b[at]!);
  return sum / a.length;
}

/** Whether each pixel of a small copy is brighter than the one to its right: 64 bits in four pieces. */
function fingerprint(data: Dataset, set: ImageSet, index: number): number[] {
  const { rows, columns, channels } = data;
  const values = imageOf(data, set, index);
  const picture = { rows, columns, channels, values };
  const grey = channels === 3 ? toGrey(picture) : picture;
  const small = resize(grey, side, side + 1).values;
  const found = new Array<number>(pieces).fill(0);
  for (let bit = 0; bit < side * side; bit++) {
    const at = Math.floor(bit / side) * (side + 1) + (bit % side);
    if (small[at]! > small[at + 1]!) found[bit % pieces]! |= 1 << Math.floor(bit / pieces);
  }
  return found;
}
