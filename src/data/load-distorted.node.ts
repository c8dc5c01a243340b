import { newBytes } from "./allocate.js";
import { preparedCacheFolder } from "./cache.node.js";
import { NoMnistError, searchMnist } from "./load-mnist.node.js";
import { counts, type LoadedData, type LoadOptions } from "./loaded-data.node.js";
import { distortedMnist } from "./sources/distorted-mnist.js";
import type { DistortedName } from "./sources/distorted-names.js";
import { MNIST_FACTS } from "./sources/mnist.js";
import { cacheKey, readPrepared, writePrepared } from "./sources/sets/prepared-cache.node.js";

/** Distorted images that are made of MNIST, and kept like decoded pictures. */
export async function loadDistorted(
  name: DistortedName,
  options: LoadOptions,
): Promise<LoadedData> {
  const { environment = process.env, allocate = newBytes, preparedFolder, onDistort } = options;
  const folder =
    preparedFolder === undefined ? preparedCacheFolder(environment) : (preparedFolder ?? undefined);
  const key = cacheKey({ distorted: name, of: MNIST_FACTS.digest });
  const kept = folder === undefined ? undefined : readPrepared(folder, key, allocate);
  if (kept) {
    const reason = `data: ${name}, ${counts(kept.data)} ${kept.data.source} (cache)`;
    return { data: kept.data, reason, notes: [] };
  }
  const { allocate: _, ...others } = options;
  const search = await searchMnist(others);
  if (search.data === undefined) throw new NoMnistError(search.reason);
  const data = distortedMnist(search.data, name, {
    allocate,
    ...(onDistort && { onImage: everyStep(onDistort) }),
  });
  if (folder !== undefined) writePrepared(folder, key, { data, done: [] });
  return { data, reason: `data: ${name}, ${counts(data)} ${data.source}`, notes: [] };
}

/** Calls for some images only, and for the last one. */
function everyStep(call: (done: number, total: number) => void): typeof call {
  return (done, total) => {
    if (done % 500 === 0 || done === total) call(done, total);
  };
}
