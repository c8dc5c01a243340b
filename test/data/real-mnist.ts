import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * The folder with the real MNIST, from FOVEA_DATA; undefined, and said so, when that is not set.
 * Where it is set, as in continuous integration, a folder without MNIST is a failure.
 */
export function realMnist(): string | undefined {
  const folder = process.env.FOVEA_DATA;
  if (!folder) {
    console.warn("FOVEA_DATA is not set: tests on the real MNIST are skipped");
    return undefined;
  }
  const mnist = join(folder, "mnist");
  if (!existsSync(join(mnist, "train-images-idx3-ubyte.gz"))) {
    throw new Error(`FOVEA_DATA=${folder} has no mnist/train-images-idx3-ubyte.gz`);
  }
  return mnist;
}
