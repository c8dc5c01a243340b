import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../errors.js";
import { fileProblem } from "../files/file-problem.js";
import { sha256 } from "../sha256.js";
import { mnistCacheFolder, setCacheFolder } from "./cache.node.js";
import type { DataFile, DataPlace } from "./data-place.js";
import { describeNamedSet } from "./describe-named-set.node.js";
import { unpack } from "./gzip.js";
import { readDataFile } from "./read-data-file.node.js";
import { DIGITS_COUNTS } from "./sources/digits.js";
import { checkMnistFile, MNIST_FILES, MNIST_ROLES, type NamedBytes } from "./sources/mnist.js";
import {
  describeNames,
  findMnist,
  type MnistFolder,
  readMnistFiles,
} from "./sources/mnist-folder.node.js";
import { NAMED_SETS } from "./sources/sets/named-sets.js";

/** SHA-256 of the unpacked content; undefined where it cannot be unpacked. */
async function digestOf(bytes: Uint8Array, where: string): Promise<string | undefined> {
  return unpack(bytes, where).then(sha256, () => undefined);
}

type Role = (typeof MNIST_ROLES)[number];

async function describeFile(
  role: Role,
  path: string | undefined,
  read: () => Promise<NamedBytes>,
): Promise<DataFile> {
  const { name, sha256: digest } = MNIST_FILES[role];
  if (path === undefined) return { name, valid: false, problem: "not there" };
  let file: NamedBytes | undefined;
  try {
    file = await read();
    await checkMnistFile(file, role);
    return { name, path, bytes: file.bytes.length, digest, valid: true };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { message: problem } = error;
    if (file === undefined) return { name, path, valid: false, problem };
    const wrong = await digestOf(file.bytes, path);
    return { name, path, bytes: file.bytes.length, digest: wrong, valid: false, problem };
  }
}

async function describeFiles(found: MnistFolder): Promise<DataFile[]> {
  const { files, layout } = found;
  // Several roles may be in one file, which is then read once.
  const whole = layout === "idx" ? undefined : readMnistFiles(found);
  whole?.catch(() => undefined);
  const described: DataFile[] = [];
  for (const role of MNIST_ROLES) {
    const path = files[role];
    const read = async () => {
      return whole ? (await whole)[role] : { where: path!, bytes: readDataFile(path!) };
    };
    described.push(await describeFile(role, path, read));
  }
  return described;
}

async function describeFolder(place: "FOVEA_DATA" | "cache", folder: string): Promise<DataPlace> {
  const unreadable = await readdir(folder).then(
    () => undefined,
    (error) => fileProblem(error) ?? String(error),
  );
  if (unreadable) {
    return {
      place,
      dataset: "mnist",
      path: folder,
      state: "absent",
      detail: unreadable,
      files: [],
    };
  }
  const found = await findMnist(folder);
  const files = await describeFiles(found);
  const base = { place, dataset: "mnist", path: found.path, files } as const;
  if (found.missing.length === MNIST_ROLES.length) {
    return { ...base, state: "absent", detail: `no MNIST: ${describeNames(found)}` };
  }
  const wrong = files.filter((file) => !file.valid);
  if (wrong.length > 0) {
    const list = wrong.map((file) => file.name).join(", ");
    return { ...base, state: "damaged", detail: `missing or damaged: ${list}` };
  }
  return {
    ...base,
    state: "ready",
    detail: "all four files, digests right",
    train: 60_000,
    test: 10_000,
  };
}

/**
 * What there is to train on, place by place in the order in which `loadData` looks; it reads and
 * checks every file, and downloads nothing.
 *
 * @param environment where FOVEA_DATA is looked up, default `process.env`
 * @param cacheFolder default the user's cache folder for MNIST; where it is given, other sets are in folders of their
 *   names inside it
 * @example
 * for (const { dataset, place, state } of await describeData({}, "cache")) console.log(dataset, place, state);
 */
export async function describeData(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  cacheFolder?: string,
): Promise<DataPlace[]> {
  const named = environment.FOVEA_DATA;
  const fromEnvironment: DataPlace = named
    ? await describeFolder("FOVEA_DATA", named)
    : { place: "FOVEA_DATA", dataset: "mnist", state: "absent", detail: "not set", files: [] };
  const builtIn: DataPlace = {
    place: "built in",
    dataset: "digits",
    state: "ready",
    detail: "handwriting that a program writes, seed 0",
    ...DIGITS_COUNTS,
    files: [],
  };
  const others = Object.values(NAMED_SETS).map((set) =>
    describeNamedSet(set, [
      ...(named ? [{ place: "FOVEA_DATA" as const, path: join(named, set.name) }] : []),
      ...cacheOf(set.name, environment, cacheFolder),
    ]),
  );
  return [fromEnvironment, await describeCache(cacheFolder), ...others, builtIn];
}

/** The cache of a set; none where the user has no home folder. */
function cacheOf(name: string, environment: NodeJS.ProcessEnv, cacheFolder: string | undefined) {
  try {
    const path = cacheFolder ? join(cacheFolder, name) : setCacheFolder(name, environment);
    return [{ place: "cache" as const, path }];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [];
  }
}

async function describeCache(folder: string | undefined): Promise<DataPlace> {
  try {
    return await describeFolder("cache", folder ?? mnistCacheFolder());
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { place: "cache", dataset: "mnist", state: "absent", detail: error.message, files: [] };
  }
}
