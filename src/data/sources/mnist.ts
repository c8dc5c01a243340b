import { InputError } from "../../errors.js";
import { sha256 } from "../../sha256.js";
import { newBytes } from "../allocate.js";
import type { Dataset } from "../dataset.js";
import { MOST_UNPACKED_BYTES, unpack } from "../gzip.js";
import { pairImagesAndLabels, parseIdxImages, parseIdxLabels } from "./idx.js";

/** One of MNIST's four files. */
export interface MnistFile {
  /** Its name in the original distribution, without `.gz`. */
  readonly name: string;
  /** SHA-256 of the content, not of the gzip wrapper, which differs from mirror to mirror. */
  readonly sha256: string;
}

/** MNIST's files by what they hold. */
export const MNIST_FILES = {
  trainImages: {
    name: "train-images-idx3-ubyte",
    sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  },
  trainLabels: {
    name: "train-labels-idx1-ubyte",
    sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  },
  testImages: {
    name: "t10k-images-idx3-ubyte",
    sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  },
  testLabels: {
    name: "t10k-labels-idx1-ubyte",
    sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
  },
} as const satisfies Record<string, MnistFile>;

/** What one of MNIST's four files holds. */
export type MnistRole = keyof typeof MNIST_FILES;

/** The four roles in the order in which they are read, fetched and listed. */
export const MNIST_ROLES = Object.keys(MNIST_FILES) as MnistRole[];

/** The bytes of one file, and its name or path for errors. */
export interface NamedBytes {
  readonly where: string;
  readonly bytes: Uint8Array;
}

/** What tells MNIST apart from other data. */
export const MNIST_FACTS = {
  name: "mnist",
  /** It follows from the four files' own digests, which are always checked. */
  digest: "06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16",
  /** Mean and standard deviation of a training pixel divided by 255, as everybody rounds them. */
  mean: 0.1307,
  std: 0.3081,
} as const;

/** Throws unless the content is the canonical one. */
function checkDigest(content: Uint8Array, where: string, role: MnistRole): void {
  const expected = MNIST_FILES[role].sha256;
  const got = sha256(content);
  if (got !== expected) {
    throw new InputError(
      where,
      `the content of MNIST's ${MNIST_FILES[role].name} (SHA-256 ${expected})`,
      `SHA-256 ${got}`,
    );
  }
}

/**
 * Unpacks one of MNIST's files and checks that it is what it should be: its structure first, for
 * the clearer message, then the SHA-256 of its content.
 *
 * @returns the unpacked content
 * @throws InputError naming the file
 */
export async function checkMnistFile(
  file: NamedBytes,
  role: MnistRole,
  allocate = newBytes,
): Promise<Uint8Array> {
  const content = await unpack(file.bytes, file.where, MOST_UNPACKED_BYTES, allocate);
  if (role === "trainImages" || role === "testImages") parseIdxImages(content, file.where);
  else parseIdxLabels(content, file.where);
  checkDigest(content, file.where, role);
  return content;
}

/**
 * MNIST from the bytes of its four files, gzipped or plain: 60,000 training and 10,000 test images
 * of 28 × 28 pixels.
 *
 * @param source where the files came from, for people
 * @param allocate makes the memory that gzipped files are unpacked into
 * @throws InputError naming the file that is damaged or is not MNIST's
 * @example
 * const read = async (name) => ({ where: name, bytes: new Uint8Array(await readFile(`mnist/${name}`)) });
 * const data = await mnistFromFiles(
 *   {
 *     trainImages: await read("train-images-idx3-ubyte.gz"),
 *     trainLabels: await read("train-labels-idx1-ubyte.gz"),
 *     testImages: await read("t10k-images-idx3-ubyte.gz"),
 *     testLabels: await read("t10k-labels-idx1-ubyte.gz"),
 *   },
 *   "mnist",
 * );
 */
export async function mnistFromFiles(
  files: Readonly<Record<MnistRole, NamedBytes>>,
  source: string,
  allocate = newBytes,
): Promise<Dataset> {
  const contents = {} as Record<MnistRole, Uint8Array>;
  for (const role of MNIST_ROLES)
    contents[role] = await checkMnistFile(files[role], role, allocate);
  const pair = (images: "trainImages" | "testImages", labels: "trainLabels" | "testLabels") => {
    const parsed = parseIdxImages(contents[images], files[images].where);
    const classes = parseIdxLabels(contents[labels], files[labels].where);
    return {
      ...parsed,
      set: pairImagesAndLabels(parsed, files[images].where, classes, files[labels].where),
    };
  };
  const train = pair("trainImages", "trainLabels");
  const test = pair("testImages", "testLabels");
  return {
    ...MNIST_FACTS,
    channels: 1,
    rows: train.rows,
    columns: train.columns,
    classes: 10,
    train: train.set,
    test: test.set,
    source,
  };
}
