import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../../errors.js";
import { excerpt } from "../../excerpt.js";
import { fileError } from "../../files/file-problem.js";
import { sha256 } from "../../sha256.js";
import { newBytes } from "../allocate.js";
import type { Dataset } from "../dataset.js";
import { unpack } from "../gzip.js";
import { readDataFile } from "../read-data-file.node.js";
import {
  MNIST_FILES,
  MNIST_ROLES,
  type MnistRole,
  mnistFromFiles,
  type NamedBytes,
} from "./mnist.js";
import { parseMnistCsv } from "./mnist-csv.js";
import { mnistFromNpz } from "./mnist-npz.js";

/** How MNIST lies in a folder: four IDX files, Keras's file of arrays, or two files of text. */
type Layout = "idx" | "npz" | "csv";

/** Where MNIST's files lie; a role without a file is absent. */
export interface MnistFolder {
  /** The folder that was looked at: the one asked for, or one inside it. */
  readonly path: string;
  readonly layout: Layout;
  /** Several roles may have one file. */
  readonly files: Readonly<Partial<Record<MnistRole, string>>>;
  /** The names of the files that are not there. */
  readonly missing: readonly string[];
  /** All that is in the folder that was asked for. */
  readonly names: readonly string[];
}

/** Folders in which MNIST is looked for, after the one that was named: torchvision has `MNIST/raw`. */
const innerFolders = ["mnist", "MNIST", "raw", "mnist/raw", "MNIST/raw"] as const;

const npzName = "mnist.npz";
const csvNames = [
  ["mnist_train.csv", "mnist_test.csv"],
  ["train.csv", "test.csv"],
] as const;

/** What is looked for, in words. */
export const LOOKED_FOR = `MNIST (its four files, gzipped or not; ${npzName}; or ${csvNames[0].join(" and ")}) here or in ${innerFolders.slice(0, -1).join(", ")} or ${innerFolders.at(-1)}`;

/** A file's name as it is found in the wild: gzipped or not, and with a dot for the first dash. */
function spellings(name: string): string[] {
  const dotted = name.replace("-idx", ".idx");
  return [`${name}.gz`, name, `${dotted}.gz`, dotted];
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/**
 * The path of one of MNIST's files: a file with its name, else one in a folder with its name, as some programs unpack
 * it. What has the name and is neither comes last, so that the message can say what it is.
 */
async function findIdx(
  path: string,
  names: ReadonlySet<string>,
  role: MnistRole,
): Promise<string | undefined> {
  const there = spellings(MNIST_FILES[role].name).filter((name) => names.has(name));
  const inside = there.flatMap((name) =>
    spellings(MNIST_FILES[role].name).map((inner) => join(name, inner)),
  );
  for (const name of [...there, ...inside]) {
    if (await isFile(join(path, name))) return join(path, name);
  }
  return there[0] === undefined ? undefined : join(path, there[0]);
}

async function findFourFiles(path: string, names: ReadonlySet<string>): Promise<MnistFolder> {
  const files: Partial<Record<MnistRole, string>> = {};
  const missing: string[] = [];
  for (const role of MNIST_ROLES) {
    const file = await findIdx(path, names, role);
    if (file === undefined) missing.push(MNIST_FILES[role].name);
    else files[role] = file;
  }
  return { path, layout: "idx", files, missing, names: [...names] };
}

/** A folder's MNIST; the layout that has all of it, else the four files. */
async function lookIn(path: string): Promise<MnistFolder> {
  const names = new Set(await readdir(path));
  const four = await findFourFiles(path, names);
  if (four.missing.length === 0) return four;
  const whole = (layout: Layout, train: string, test: string): MnistFolder => {
    const [trainPath, testPath] = [join(path, train), join(path, test)];
    const files = {
      ...{ trainImages: trainPath, trainLabels: trainPath },
      ...{ testImages: testPath, testLabels: testPath },
    };
    return { path, layout, files, missing: [], names: [...names] };
  };
  if (names.has(npzName)) return whole("npz", npzName, npzName);
  const csv = csvNames.find((pair) => pair.every((name) => names.has(name)));
  return csv ? whole("csv", csv[0], csv[1]) : four;
}

/**
 * Looks for MNIST in a folder, then in those inside it that are usual.
 *
 * @returns the first that has all of it; else the one that has most of its files
 * @throws InputError when the folder cannot be read
 */
export async function findMnist(folder: string): Promise<MnistFolder> {
  let best = await lookIn(folder).catch((error) => {
    throw fileError(folder, "a folder that can be read", error);
  });
  const names = [...best.names];
  for (const inner of innerFolders) {
    if (best.missing.length === 0) break;
    const found = await lookIn(join(folder, inner)).catch(() => undefined);
    // As Hugging Face lays them out.
    names.push(...(found?.names ?? []).filter(isParquet).map((name) => join(inner, name)));
    if (found && found.missing.length < best.missing.length) best = found;
  }
  return { ...best, names };
}

function isParquet(name: string): boolean {
  return name.endsWith(".parquet");
}

/** What a folder without MNIST has, in words. */
export function describeNames({ path, files, missing, names }: MnistFolder): string {
  if (Object.keys(files).length > 0) return `${path} without ${missing.join(", ")}`;
  if (names.some(isParquet)) {
    return `Hugging Face's parquet files, which Fovea does not read (docs/data.md says how to write ${npzName} from them)`;
  }
  if (names.length === 0) return "an empty folder";
  const most = 6;
  const shown = names.slice(0, most).map(excerpt).join(", ");
  return `a folder with ${shown}${names.length > most ? ` and ${names.length - most} more` : ""}`;
}

/**
 * The four files of a folder in which `findMnist` found all of them; what has another layout comes as IDX.
 *
 * @param allocate makes the memory of what has another layout
 * @throws InputError naming the file that is unreadable or damaged
 */
export async function readMnistFiles(
  { layout, files }: MnistFolder,
  allocate = newBytes,
): Promise<Record<MnistRole, NamedBytes>> {
  const read = async (role: MnistRole): Promise<NamedBytes> => {
    const where = files[role]!;
    return { where, bytes: readDataFile(where) };
  };
  if (layout === "npz") return mnistFromNpz(await read("trainImages"), allocate);
  if (layout === "csv") {
    const [train, test] = [await read("trainImages"), await read("testImages")];
    const [trainSet, testSet] = [parseMnistCsv(train, allocate), parseMnistCsv(test, allocate)];
    return {
      trainImages: { where: train.where, bytes: trainSet.images },
      trainLabels: { where: train.where, bytes: trainSet.labels },
      testImages: { where: test.where, bytes: testSet.images },
      testLabels: { where: test.where, bytes: testSet.labels },
    };
  }
  const found = {} as Record<MnistRole, NamedBytes>;
  for (const role of MNIST_ROLES) found[role] = await read(role);
  return found;
}

/**
 * Whether files that lie as MNIST does are to be MNIST: where the folder's or a file's name says so, or the training
 * labels are MNIST's. Others are a data set of their own.
 */
export async function isNamedMnist({ path, files }: MnistFolder): Promise<boolean> {
  const name =
    basename(resolve(path)) === "raw" ? basename(dirname(resolve(path))) : basename(resolve(path));
  if (name.toLowerCase() === "mnist") return true;
  if (Object.values(files).some((file) => /^mnist[._]/i.test(basename(file)))) return true;
  const labels = files.trainLabels!;
  if (!/ubyte(\.gz)?$/.test(labels)) return false;
  const content = await unpack(readDataFile(labels), labels);
  return sha256(content) === MNIST_FILES.trainLabels.sha256;
}

/**
 * Reads MNIST from a folder in which `findMnist` found it.
 *
 * @param allocate as `mnistFromFiles` takes it
 * @throws InputError naming the file that is missing, unreadable or damaged
 */
export async function readMnist(found: MnistFolder, allocate = newBytes): Promise<Dataset> {
  if (found.missing.length > 0) throw new InputError(found.path, LOOKED_FOR, describeNames(found));
  return mnistFromFiles(await readMnistFiles(found, allocate), found.path, allocate);
}
