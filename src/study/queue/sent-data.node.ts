import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Allocate } from "../../data/allocate.js";
import { checkDataset } from "../../data/check-dataset.js";
import type { Dataset, ImageSet } from "../../data/dataset.js";
import { knownDataName } from "../../data/known-data.js";
import { loadData } from "../../data/load.node.js";
import { InputError } from "../../errors.js";
import { createFolder } from "../../files/folders.node.js";
import { readBytes } from "../../files/read-file.node.js";
import {
  appendTo,
  removeFile,
  renameFile,
  temporaryPath,
  writeNew,
} from "../../files/write-file.node.js";
import { sha256 } from "../../sha256.js";
import { type DataFacts, names, parsePieces } from "./messages.js";
import type { Store } from "./server.js";

/** Data are sent in pieces of this size, bytes, so that neither side holds them twice. */
const pieceSize = 4 * 2 ** 20;

/** What a worker must know of data besides their bytes. */
export function factsOf({ train, test, ...facts }: Dataset): DataFacts {
  return { ...facts, counts: [train.count, test.count] };
}

/** Whether every machine finds these data by their name, and they need not be sent. */
export function isKnown(facts: DataFacts): boolean {
  return knownDataName(facts) !== undefined;
}

/** Puts data on the server in pieces; those that are there already are not sent again. */
export async function sendData(store: Store, data: Dataset): Promise<void> {
  const key = names.pieces(data.digest);
  if ((await store.get(key)) !== undefined) return;
  const pieces: string[] = [];
  for (const bytes of bytesOf(data)) {
    for (let at = 0; at < bytes.length; at += pieceSize) {
      const piece = bytes.subarray(at, at + pieceSize);
      await store.putNewer(names.piece(data.digest, pieces.length), 1, piece);
      pieces.push(sha256(piece));
    }
  }
  // Last: where it is there, all pieces are.
  const content = JSON.stringify({ format: 1, digest: data.digest, pieces });
  await store.putNewer(key, 1, new TextEncoder().encode(content));
}

export async function removeSentData(store: Store, digest: string): Promise<void> {
  const found = await store.get(names.pieces(digest));
  if (found === undefined) return;
  const { pieces } = parsePieces(new TextDecoder().decode(found), names.pieces(digest));
  await store.remove(names.pieces(digest));
  for (const at of pieces.keys()) await store.remove(names.piece(digest, at));
}

/** Where a machine keeps data that were sent to it. */
export function sentFile(facts: DataFacts, folder: string): string {
  return join(folder, `${facts.digest}.bytes`);
}

/**
 * Fetches data from the server into the cache of this machine.
 *
 * @returns false where the server has not got them
 * @throws InputError where a piece is not what it must be, or the cache cannot be written
 */
export async function fetchData(store: Store, facts: DataFacts, folder: string): Promise<boolean> {
  const key = names.pieces(facts.digest);
  const found = await store.get(key);
  if (found === undefined) return false;
  const { pieces } = parsePieces(new TextDecoder().decode(found), key);
  createFolder(folder);
  const path = sentFile(facts, folder);
  const growing = temporaryPath(path);
  writeNew(growing, "");
  try {
    let size = 0;
    for (const [at, digest] of pieces.entries()) {
      const piece = await store.get(names.piece(facts.digest, at));
      const got = piece && sha256(piece);
      if (piece === undefined || got !== digest) {
        const expected = `SHA-256 ${digest.slice(0, 12)}`;
        throw new InputError(names.piece(facts.digest, at), expected, got?.slice(0, 12) ?? "none");
      }
      appendTo(growing, piece, size);
      size += piece.length;
    }
    renameFile(growing, path);
  } finally {
    removeFile(growing);
  }
  return true;
}

/**
 * The data of a study, as this machine has them: by their name, or in its cache.
 *
 * @returns undefined where it has not got them, or its copy was damaged
 * @throws InputError where the facts do not fit the bytes
 */
export async function ownData(
  facts: DataFacts,
  folder: string,
  allocate: Allocate,
): Promise<Dataset | undefined> {
  const name = knownDataName(facts);
  const path = sentFile(facts, folder);
  if (name === undefined || existsSync(path)) return sentData(facts, path, allocate);
  const { counts: _, ...rest } = facts;
  try {
    const { data } = await loadData(name, { allocate, mirrors: [] });
    if (data.digest !== facts.digest) return undefined;
    return { ...rest, train: data.train, test: data.test };
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function sentData(facts: DataFacts, path: string, allocate: Allocate): Dataset | undefined {
  if (!existsSync(path)) return undefined;
  const { counts, ...rest } = facts;
  const bytes = readBytes(path, "data that a study sent");
  const size = facts.rows * facts.columns * facts.channels;
  if (bytes.length !== (counts[0] + counts[1]) * (size + 1)) return undefined;
  let at = 0;
  const take = (length: number): Uint8Array => {
    const kept = allocate(length);
    kept.set(bytes.subarray(at, at + length));
    at += length;
    return kept;
  };
  const set = (count: number): ImageSet => ({
    ...{ count, images: take(count * size), labels: take(count) },
  });
  const [train, test] = [set(counts[0]), set(counts[1])];
  const data = { ...rest, train, test };
  if (sha256(...bytesOf(data)) !== facts.digest) return undefined;
  checkDataset("data", data);
  return data;
}

/** In the order of the digest. */
function bytesOf({ train, test }: Pick<Dataset, "train" | "test">): Uint8Array[] {
  return [train.images, train.labels, test.images, test.labels];
}
