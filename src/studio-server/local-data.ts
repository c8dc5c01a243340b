import { mnistCacheFolder } from "../data/cache.node.js";
import { MNIST_ROLES, type MnistRole } from "../data/sources/mnist.js";
import { findMnist, type MnistFolder, readMnistFiles } from "../data/sources/mnist-folder.node.js";
import { InputError } from "../errors.js";
import type { DataAnswer } from "./api.js";

/** The data that a page can have without any download. */
export async function localData(): Promise<DataAnswer> {
  const mnist = await localMnist();
  return {
    sets: [
      { name: "digits", roles: [] },
      ...(mnist ? [{ name: "mnist", roles: [...MNIST_ROLES] }] : []),
    ],
  };
}

/** The bytes of one of MNIST's files, gzipped or not; undefined where it is not on this machine. */
export async function mnistFile(role: string): Promise<Uint8Array | undefined> {
  if (!MNIST_ROLES.some((known) => known === role)) return undefined;
  const mnist = await localMnist();
  return mnist && (await readMnistFiles(mnist))[role as MnistRole].bytes;
}

/** In FOVEA_DATA's folder, else in the cache: as the command line looks, which would then download it. */
async function localMnist(): Promise<MnistFolder | undefined> {
  for (const folder of [process.env.FOVEA_DATA, cacheFolder()]) {
    if (!folder) continue;
    try {
      const found = await findMnist(folder);
      if (found.missing.length === 0) return found;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  }
  return undefined;
}

function cacheFolder(): string | undefined {
  try {
    return mnistCacheFolder();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
