import { InputError } from "../../errors.js";
import { parseNpyBytes } from "../../formats/npy.js";
import { openZip } from "../../formats/zip.js";
import { type Allocate, newBytes } from "../allocate.js";
import { inflate, MOST_UNPACKED_BYTES } from "../gzip.js";
import { writeIdx } from "./idx.js";
import { MNIST_ROLES, type MnistRole, type NamedBytes } from "./mnist.js";

/** The arrays of Keras's `mnist.npz`. */
const arrays: Readonly<Record<MnistRole, { readonly name: string; readonly rank: number }>> = {
  trainImages: { name: "x_train", rank: 3 },
  trainLabels: { name: "y_train", rank: 1 },
  testImages: { name: "x_test", rank: 3 },
  testLabels: { name: "y_test", rank: 1 },
};

/**
 * The arrays of Keras's `mnist.npz` as IDX files.
 *
 * @throws InputError where one of them is missing or damaged, or is no array of bytes
 */
export async function mnistFromNpz(
  file: NamedBytes,
  allocate: Allocate = newBytes,
): Promise<Record<MnistRole, NamedBytes>> {
  const zip = openZip(file.bytes, file.where);
  const files = {} as Record<MnistRole, NamedBytes>;
  for (const role of MNIST_ROLES) {
    const { name, rank } = arrays[role];
    const where = `${file.where}: ${name}`;
    const packed = zip.readPacked(`${name}.npy`);
    if (packed === undefined) {
      throw new InputError(
        file.where,
        "the arrays x_train, y_train, x_test and y_test",
        `no ${name}`,
      );
    }
    const content = packed.isDeflated
      ? await inflate(packed.bytes, "deflate-raw", packed.size, MOST_UNPACKED_BYTES)
      : packed.bytes;
    if (typeof content === "string") {
      const expected = `an intact deflate stream of at most ${MOST_UNPACKED_BYTES} bytes`;
      throw new InputError(where, expected, content === "larger" ? "more" : "a damaged one");
    }
    const { shape, values } = parseNpyBytes(content, where);
    if (shape.length !== rank) {
      throw new InputError(where, `an array of rank ${rank}`, `shape [${shape.join(", ")}]`);
    }
    files[role] = { where, bytes: writeIdx(shape, values, allocate) };
  }
  return files;
}
