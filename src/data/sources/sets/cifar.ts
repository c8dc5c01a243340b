import { InputError } from "../../../errors.js";
import { baseName, type NamedFile, type NamedFiles } from "./named-files.js";
import type { RawSet, RawSets } from "./raw-sets.js";

/** An image's bytes: 32×32, red, then green, then blue. */
const [side, plane] = [32, 32 * 32];
const pixels = 3 * plane;

const cifar10 = ["airplane", "automobile", "bird", "cat", "deer"];
cifar10.push("dog", "frog", "horse", "ship", "truck");

/** The files of CIFAR's binary version. */
interface CifarFiles {
  readonly train: readonly NamedFile[];
  readonly test: readonly NamedFile[];
  /** Bytes of labels before each image: CIFAR-100 has a coarse one and a fine one. */
  readonly labelBytes: 1 | 2;
  readonly names: NamedFile | undefined;
}

/** CIFAR-10's or CIFAR-100's files among others (https://www.cs.toronto.edu/~kriz/cifar.html, binary version). */
export function findCifar({ files }: NamedFiles): CifarFiles | undefined {
  const named = (pattern: RegExp) =>
    files
      .filter(({ name }) => pattern.test(baseName(name)))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  const batches = named(/^data_batch_\d\.bin$/);
  const test = named(/^test_batch\.bin$/);
  if (batches.length > 0 && test.length > 0) {
    return { train: batches, test, labelBytes: 1, names: named(/^batches\.meta\.txt$/)[0] };
  }
  const [train, fineTest] = [named(/^train\.bin$/), named(/^test\.bin$/)];
  if (train.length === 0 || fineTest.length === 0) return undefined;
  return { train, test: fineTest, labelBytes: 2, names: named(/^fine_label_names\.txt$/)[0] };
}

/**
 * Reads CIFAR-10, or CIFAR-100 with its fine labels.
 *
 * @throws InputError naming the file that is damaged
 */
export async function readCifar(
  { read }: Pick<NamedFiles, "read">,
  { train, test, labelBytes, names }: CifarFiles,
): Promise<RawSets> {
  const classes = labelBytes === 1 ? 10 : 100;
  const given = names && namesIn(await read(names));
  const classNames = given?.length === classes ? given : labelBytes === 1 ? cifar10 : undefined;
  const part = async (files: readonly NamedFile[]) => {
    const parts: RawSet[] = [];
    for (const file of files) parts.push(parse(await read(file), file.path, labelBytes, classes));
    return joined(parts);
  };
  return {
    rows: side,
    columns: side,
    channels: 3,
    train: await part(train),
    test: await part(test),
    ...(classNames && { classNames }),
    done: labelBytes === 1 ? [] : ["CIFAR-100's fine labels were taken"],
  };
}

function namesIn(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes.subarray(0, 64 * 1024)).split("\n");
  return lines.map((line) => line.trim()).filter((line) => line !== "");
}

function parse(bytes: Uint8Array, where: string, labelBytes: number, classes: number): RawSet {
  const record = labelBytes + pixels;
  if (bytes.length === 0 || bytes.length % record !== 0) {
    throw new InputError(where, `images of ${record} bytes each`, `${bytes.length} bytes`);
  }
  const count = bytes.length / record;
  const images = new Uint8Array(count * pixels);
  const labels = new Uint8Array(count);
  for (let image = 0; image < count; image++) {
    const begin = image * record + labelBytes;
    labels[image] = bytes[begin - 1]!;
    if (labels[image]! >= classes) {
      const got = `${labels[image]} at image ${image}`;
      throw new InputError(where, `labels 0..${classes - 1}`, got);
    }
    for (let at = 0; at < plane; at++) {
      for (let channel = 0; channel < 3; channel++) {
        images[image * pixels + 3 * at + channel] = bytes[begin + channel * plane + at]!;
      }
    }
  }
  return { count, images, labels };
}

/** Sets one after the other. */
export function joined(sets: readonly RawSet[]): RawSet {
  if (sets.length === 1) return sets[0]!;
  const images = new Uint8Array(sets.reduce((sum, set) => sum + set.images.length, 0));
  const labels = new Int32Array(sets.reduce((sum, set) => sum + set.count, 0));
  let [at, label] = [0, 0];
  for (const set of sets) {
    images.set(set.images, at);
    labels.set(set.labels, label);
    at += set.images.length;
    label += set.count;
  }
  return { count: labels.length, images, labels };
}
