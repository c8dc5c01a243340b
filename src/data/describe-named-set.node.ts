import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.js";
import { sha256 } from "../sha256.js";
import type { DataFile, DataPlace } from "./data-place.js";
import { readDataFile } from "./read-data-file.node.js";
import { checkNamedFile, type NamedSet } from "./sources/sets/named-sets.js";

/**
 * What there is of a set that a name finds, in the first of some folders that has a file of it.
 *
 * @param folders in the order in which `loadData` looks
 */
export function describeNamedSet(
  set: NamedSet,
  folders: readonly (Pick<DataPlace, "place"> & { readonly path: string })[],
): DataPlace {
  const names = Object.keys(set.files);
  const has = (path: string) => names.some((name) => existsSync(join(path, name)));
  const found = folders.find((folder) => has(folder.path));
  if (found === undefined) {
    const { place = "cache", path } = folders.at(-1) ?? {};
    const detail = "downloaded when it is asked for";
    return { place, dataset: set.name, ...(path && { path }), state: "absent", detail, files: [] };
  }
  const { place, path } = found;
  const base = { place, dataset: set.name, path } as const;
  const files = names.map((name) => describeFile(set, name, join(path, name)));
  const wrong = files.filter(({ valid }) => !valid).map(({ name }) => name);
  if (wrong.length > 0) {
    const detail = `missing or damaged: ${wrong.join(", ")}`;
    return { ...base, state: "damaged", detail, files };
  }
  const detail = "all four files, digests right";
  return { ...base, state: "ready", detail, train: 60_000, test: 10_000, files };
}

function describeFile(set: NamedSet, name: string, path: string): DataFile {
  if (!existsSync(path)) return { name, valid: false, problem: "not there" };
  let file: Pick<DataFile, "bytes" | "digest"> = {};
  try {
    const bytes = readDataFile(path);
    file = { bytes: bytes.length, digest: sha256(bytes) };
    checkNamedFile(set, name, { where: path, bytes });
    return { name, path, ...file, valid: true };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { name, path, ...file, valid: false, problem: error.message };
  }
}
