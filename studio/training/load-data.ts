import type { Allocate } from "../../src/data/allocate.js";
import type { Dataset } from "../../src/data/dataset.js";
import { namedDigits } from "../../src/data/sources/digits.js";
import {
  MNIST_FACTS,
  MNIST_FILES,
  MNIST_ROLES,
  type MnistRole,
  mnistFromFiles,
  type NamedBytes,
} from "../../src/data/sources/mnist.js";
import { datasetOf } from "../../src/data/sources/sets/dataset-of.js";
import { baseName, type NamedFiles } from "../../src/data/sources/sets/named-files.js";
import { decodeInTurn } from "../../src/data/sources/sets/picture-batch.js";
import { checkedPictureOptions } from "../../src/data/sources/sets/picture-options.js";
import { nameOf } from "../../src/data/sources/sets/read-pictures.js";
import { readSets } from "../../src/data/sources/sets/read-sets.js";
import { listZip } from "../../src/data/sources/sets/zip-files.js";
import { InputError } from "../../src/errors.js";
import type { DataRequest } from "./messages.js";

/** Bytes that are dropped in at once: they and what they hold are in memory together. */
const mostBytes = 2 ** 30;

export interface LoadedData {
  readonly data: Dataset;
  /** What was done to read it. */
  readonly notes: readonly string[];
}

/**
 * Loads the data that a training asks for.
 *
 * @param onText called with what takes time
 * @throws InputError where they cannot be read, in the words of the command line
 */
export async function loadData(
  request: DataRequest,
  allocate: Allocate,
  onText: (text: string) => void,
): Promise<LoadedData> {
  if (request.kind === "digits") {
    const onProgress = (done: number, total: number) =>
      onText(`Writing digits: ${done} of ${total}`);
    return { data: namedDigits(request.name, { allocate, onProgress }), notes: [] };
  }
  if (request.kind === "mnist") {
    onText("Reading MNIST");
    const files = await mapRoles(async (role) => {
      return { where: MNIST_FILES[role].name, bytes: request.files[role] ?? new Uint8Array(0) };
    });
    return { data: await mnistFromFiles(files, "studio", allocate), notes: [] };
  }
  return loadFiles(request, allocate, onText);
}

async function mapRoles(
  read: (role: MnistRole) => Promise<NamedBytes>,
): Promise<Record<MnistRole, NamedBytes>> {
  const pairs = await Promise.all(MNIST_ROLES.map(async (role) => [role, await read(role)]));
  return Object.fromEntries(pairs);
}

type FilesRequest = Extract<DataRequest, { kind: "files" }>;

async function loadFiles(
  request: FilesRequest,
  allocate: Allocate,
  onText: (text: string) => void,
): Promise<LoadedData> {
  const { name, files } = request;
  const size = files.reduce((sum, { file }) => sum + file.size, 0);
  if (size > mostBytes) {
    throw new InputError(
      name,
      "files of at most 1 GiB together",
      `${Math.ceil(size / 2 ** 20)} MiB`,
    );
  }
  onText(`Reading ${name}`);
  const mnist = await mnistAmong(request, allocate);
  if (mnist) return { data: mnist, notes: [] };
  const options = checkedPictureOptions("data", request.options);
  const { raw, options: left } = await readSets(name, await namedFiles(request), {
    options,
    decode: decodeInTurn(() => {
      throw new Error("files of a page have their bytes with them");
    }),
    onProgress: (done, total) => onText(`Decoding pictures: ${done} of ${total}`),
  });
  const made = datasetOf(raw, { name: nameOf(name), source: name, options: left }, allocate);
  const read = { ...made.data, ...(Object.keys(options).length > 0 && { options }) };
  // MNIST in another layout.
  const data = read.digest === MNIST_FACTS.digest ? { ...read, ...MNIST_FACTS } : read;
  return { data, notes: made.done };
}

/** MNIST, where its four files are among those that were chosen. */
async function mnistAmong(
  { files }: FilesRequest,
  allocate: Allocate,
): Promise<Dataset | undefined> {
  const find = (role: MnistRole) => {
    const { name } = MNIST_FILES[role];
    return files.find(({ path }) => [name, `${name}.gz`].includes(baseName(path)));
  };
  if (!MNIST_ROLES.every(find)) return undefined;
  const bytes = await mapRoles(async (role) => {
    const { path, file } = find(role)!;
    return { where: path, bytes: await bytesOf(file) };
  });
  try {
    return await mnistFromFiles(bytes, "files of the page", allocate);
  } catch (error) {
    // Fashion-MNIST and others have files of these names.
    if (error instanceof InputError && error.expected.includes("SHA-256")) return undefined;
    throw error;
  }
}

async function namedFiles({ name, files }: FilesRequest): Promise<NamedFiles> {
  const [only] = files;
  if (only !== undefined && files.length === 1 && /\.(zip|npz)$/i.test(only.path)) {
    return listZip(await bytesOf(only.file), name);
  }
  const blobs = new Map(files.map(({ path, file }) => [path, file]));
  const listed = files
    .filter(
      ({ path }) => !path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX"),
    )
    .map(({ path, file }) => ({ name: path, path, size: file.size, changed: 0 }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    root: name,
    files: listed,
    onDisk: false,
    read: ({ path }) => bytesOf(blobs.get(path)!),
  };
}

async function bytesOf(file: Blob): Promise<Uint8Array> {
  return new Uint8Array(await file.arrayBuffer());
}
