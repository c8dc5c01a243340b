import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../../../canonical-json.js";
import { InputError } from "../../../errors.js";
import { fileProblem } from "../../../files/file-problem.js";
import { createFolder } from "../../../files/folders.node.js";
import { readBytes } from "../../../files/read-file.node.js";
import { removeFile, writeAtomically } from "../../../files/write-file.node.js";
import { sha256 } from "../../../sha256.js";
import type { Allocate } from "../../allocate.js";
import type { Dataset } from "../../dataset.js";
import type { MadeDataset } from "./dataset-of.js";

/**
 * Changes whenever the same files would give other bytes, or a file of the cache has another layout: the length of the
 * header (u32), the SHA-256 of the header (64 characters), the header (JSON), then the images and labels of both parts.
 */
const version = 3;
const lengthBytes = 4;
const digestBytes = 64;
/** What the cache may hold; the files that were written first go first. */
const mostBytes = 4 * 1024 ** 3;
const ending = ".fovea-data";

/** The name under which the result of reading these files is kept. */
export function cacheKey(facts: unknown): string {
  return sha256(new TextEncoder().encode(canonicalJson({ version, facts })));
}

type Header = Omit<Dataset, "train" | "test"> & {
  readonly counts: readonly [train: number, test: number];
  readonly done: readonly string[];
};

/** A data set that was decoded before; undefined where there is none, or it was damaged. */
export function readPrepared(
  folder: string,
  key: string,
  allocate: Allocate,
): MadeDataset | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readBytes(join(folder, key + ending), "a prepared data set");
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
  const found = readHeader(bytes);
  if (found === undefined) return undefined;
  const { counts, done, ...facts } = found.header;
  const size = facts.rows * facts.columns * facts.channels;
  let at = found.end;
  const take = (count: number): Uint8Array => {
    const stored = bytes.subarray(at, at + count);
    at += count;
    const kept = allocate(stored.length);
    kept.set(stored);
    return kept;
  };
  if (bytes.length !== at + (counts[0] + counts[1]) * (size + 1)) return undefined;
  const set = (count: number) => ({ count, images: take(count * size), labels: take(count) });
  const [train, test] = [set(counts[0]), set(counts[1])];
  if (sha256(train.images, train.labels, test.images, test.labels) !== facts.digest) {
    return undefined;
  }
  return { data: { ...facts, train, test }, done };
}

/** The header, and where it ends; undefined where it is not as it was written. */
function readHeader(bytes: Uint8Array): { header: Header; end: number } | undefined {
  const begin = lengthBytes + digestBytes;
  if (bytes.length < begin) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getUint32(0, true);
  const end = begin + length;
  const text = bytes.subarray(begin, end);
  const decoder = new TextDecoder();
  if (decoder.decode(bytes.subarray(lengthBytes, begin)) !== sha256(text)) return undefined;
  return { header: JSON.parse(decoder.decode(text)), end };
}

/** Keeps a decoded data set. Where the cache cannot be written, it is decoded again the next time. */
export function writePrepared(folder: string, key: string, { data, done }: MadeDataset): void {
  const { train, test, ...facts } = data;
  const header: Header = { ...facts, counts: [train.count, test.count], done };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const digest = new TextEncoder().encode(sha256(text));
  const parts = [digest, text, train.images, train.labels, test.images, test.labels];
  const bytes = new Uint8Array(lengthBytes + parts.reduce((sum, part) => sum + part.length, 0));
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  let at = lengthBytes;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  try {
    createFolder(folder);
    makeRoom(folder, bytes.length);
    writeAtomically(join(folder, key + ending), bytes);
  } catch (error) {
    if (!(error instanceof InputError) && fileProblem(error) === undefined) throw error;
  }
}

/** Removes what was written first, until the new file fits. */
function makeRoom(folder: string, size: number): void {
  const kept = readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => ({ path: join(folder, name), found: statSync(join(folder, name)) }))
    .sort((a, b) => a.found.mtimeMs - b.found.mtimeMs);
  let total = size + kept.reduce((sum, { found }) => sum + found.size, 0);
  for (const { path, found } of kept) {
    if (total <= mostBytes) return;
    removeFile(path);
    total -= found.size;
  }
}
