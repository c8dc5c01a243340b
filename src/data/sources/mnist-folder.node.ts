import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../errors.js";
import { readBytes } from "../../files/read-file.node.js";
import { newBytes } from "../allocate.js";
import type { Dataset } from "../dataset.js";
import {
  MNIST_FILES,
  MNIST_ROLES,
  type MnistRole,
  mnistFromFiles,
  type NamedBytes,
} from "./mnist.js";

/** Where MNIST's files lie; a role without a file is absent. */
export interface MnistFolder {
  /** The folder that was looked at: the one asked for, or `mnist` inside it. */
  readonly path: string;
  readonly files: Readonly<Partial<Record<MnistRole, string>>>;
  /** The names of the files that are not there. */
  readonly missing: readonly string[];
}

/** A file's name as it is found in the wild: gzipped or not, and with a dot for the first dash. */
function spellings(name: string): string[] {
  const dotted = name.replace("-idx", ".idx");
  return [`${name}.gz`, name, `${dotted}.gz`, dotted];
}

/** What the system said, without its code's jargon where there is a plain word. */
export function systemReason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case "ENOENT":
      return "nothing there";
    case "ENOTDIR":
      return "a file that is no folder";
    case "EISDIR":
      return "a folder";
    case "EACCES":
    case "EPERM":
      return "no permission to read it";
    default:
      return code ?? String(error);
  }
}

async function lookIn(path: string): Promise<MnistFolder> {
  const names = new Set(await readdir(path));
  const files: Partial<Record<MnistRole, string>> = {};
  const missing: string[] = [];
  for (const role of MNIST_ROLES) {
    const name = spellings(MNIST_FILES[role].name).find((spelling) => names.has(spelling));
    if (name) files[role] = join(path, name);
    else missing.push(MNIST_FILES[role].name);
  }
  return { path, files, missing };
}

/**
 * Looks for MNIST's four files in a folder, then in the folder `mnist` inside it.
 *
 * @returns the first of the two that has all of them; else the one that has more
 * @throws InputError when the folder cannot be read
 */
export async function findMnist(folder: string): Promise<MnistFolder> {
  const own = await lookIn(folder).catch((error) => {
    throw new InputError(folder, "a folder that can be read", systemReason(error));
  });
  if (own.missing.length === 0) return own;
  const inner = await lookIn(join(folder, "mnist")).catch(() => undefined);
  return inner && inner.missing.length < own.missing.length ? inner : own;
}

/**
 * Reads MNIST from a folder in which `findMnist` found all four files.
 *
 * @param allocate as `mnistFromFiles` takes it
 * @throws InputError naming the file that is missing, unreadable or damaged
 */
export async function readMnist(found: MnistFolder, allocate = newBytes): Promise<Dataset> {
  if (found.missing.length > 0) {
    throw new InputError(
      found.path,
      "MNIST's four files, gzipped or not, here or in a folder named mnist",
      `no ${found.missing.join(", no ")}`,
    );
  }
  const files = {} as Record<MnistRole, NamedBytes>;
  for (const role of MNIST_ROLES) {
    const where = found.files[role]!;
    files[role] = { where, bytes: readBytes(where, "a file that can be read") };
  }
  return mnistFromFiles(files, found.path, allocate);
}
