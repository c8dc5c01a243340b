import { InputError } from "../errors.js";
import { namedSetIn, readNamed } from "./load-named-set.node.js";
import { counts, type LoadedData, type LoadOptions } from "./loaded-data.node.js";
import { MNIST_FACTS } from "./sources/mnist.js";
import {
  findMnist,
  isNamedMnist,
  type MnistFolder,
  readMnist,
} from "./sources/mnist-folder.node.js";
import { readOwnData } from "./sources/sets/own-data.node.js";
import { checkedPictureOptions, type PictureOptions } from "./sources/sets/picture-options.js";

/** Data from a path that the user named: what is wrong with them is the user's to know. */
export async function loadPath(path: string, options: LoadOptions): Promise<LoadedData> {
  const { allocate, onDecode, signal, preparedFolder } = options;
  const asked = checkedPictureOptions("data", pictureOptionsOf(options));
  const mnist = await mnistIn(path);
  if (mnist && Object.keys(asked).length === 0) {
    const data = await readMnist(mnist, allocate);
    return {
      data,
      reason: `data: mnist, ${counts(data)} from ${data.source} (as chosen)`,
      notes: [],
    };
  }
  const set = Object.keys(asked).length === 0 ? namedSetIn(path) : undefined;
  if (set) return readNamed(set, path, "as chosen", allocate);
  const { data: read, done } = await readOwnData(path, {
    options: asked,
    ...(allocate && { allocate }),
    ...(onDecode && { onDecode }),
    ...(signal && { signal }),
    ...(preparedFolder !== undefined && { preparedFolder }),
  });
  // MNIST in another layout.
  const data = read.digest === MNIST_FACTS.digest ? { ...read, ...MNIST_FACTS } : read;
  const { rows, columns, channels, classes } = data;
  const shape = `${rows}×${columns}${channels === 1 ? "" : `×${channels}`}, ${classes} classes`;
  return {
    data,
    reason: `data: ${data.name}, ${counts(data)} of ${shape} from ${path} (as chosen)`,
    notes: done.map((line) => `data: ${line}`),
  };
}

/** Those that say how files are read. */
export function pictureOptionsOf({ size, fit, grey, skipUnreadable }: LoadOptions): PictureOptions {
  return {
    ...(size !== undefined && { size }),
    ...(fit !== undefined && { fit }),
    ...(grey !== undefined && { grey }),
    ...(skipUnreadable !== undefined && { skipUnreadable }),
  };
}

/** MNIST in a folder: what has its name, which must be it, or its content. */
async function mnistIn(path: string): Promise<MnistFolder | undefined> {
  const found = await findMnist(path).catch((error: unknown) => {
    // Not a folder: another reader says what is wrong.
    if (error instanceof InputError) return undefined;
    throw error;
  });
  if (found === undefined || found.missing.length > 0) return undefined;
  return (await isNamedMnist(found)) ? found : undefined;
}
