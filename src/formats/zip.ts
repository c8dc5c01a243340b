import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import { crc32 } from "./crc32.js";

/** The files in a zip file. */
export interface Zip {
  readonly names: readonly string[];
  /**
   * The bytes of one file, a view; undefined where there is none of this name.
   *
   * @throws InputError where it is compressed or encrypted, or its CRC-32 is another
   */
  read(name: string): Uint8Array | undefined;
  /**
   * A file as it lies in the zip, for readers that can inflate; undefined where there is none of this name.
   *
   * @throws InputError where it is encrypted, or compressed otherwise
   */
  readPacked(name: string): PackedFile | undefined;
}

/** A file's bytes in a zip, whose CRC-32 is still to be checked. */
export interface PackedFile {
  readonly bytes: Uint8Array;
  readonly isDeflated: boolean;
  /** Bytes of the content, as the directory says. */
  readonly size: number;
  /** Of the content, as the directory says; 0 where none was computed. */
  readonly crc: number;
}

/** What the directory says about a file. */
interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly storedSize: number;
  readonly size: number;
  /** Where the file's own header is. */
  readonly header: number;
}

/** An entry, and where its bytes are. */
interface PlacedEntry extends Entry {
  readonly begin: number;
  readonly end: number;
}

/** The directory's entries: `count` of them in these bytes. */
interface Directory {
  readonly count: number;
  readonly begin: number;
  readonly end: number;
}

const localSignature = 0x04034b50;
const entrySignature = 0x02014b50;
const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const locator64Signature = 0x07064b50;

const localLength = 30;
const entryLength = 46;
const endLength = 22;
const end64Length = 56;
const locator64Length = 20;

/** In place of a number that stands in a zip64 record. */
const in64 = { count: 0xffff, size: 0xffffffff };
const zip64Extra = 1;
const encrypted = 1;
const stored = 0;
const deflated = 8;
/** A CRC-32 that PyTorch writes after `torch.serialization.set_crc32_options(False)`. */
const notComputed = 0;

/**
 * Opens a zip file whose entries are not compressed, as PyTorch writes them (PKWARE's APPNOTE 6.3.10,
 * zip64 included). Copies no content, and allocates nothing for a size that the file does not have.
 *
 * Stricter than the format: files must not overlap, nor have the same name.
 *
 * @param where the file's name, for messages
 * @throws InputError where the directory is not well formed
 */
export function openZip(bytes: Uint8Array, where: string): Zip {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = findDirectory(view, where);
  const entries = readDirectory(view, directory, where).map((entry) =>
    placeEntry(view, entry, directory, where),
  );
  checkNoOverlap(entries, where);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return {
    names: [...byName.keys()],
    read(name) {
      const entry = byName.get(name);
      return entry && readEntry(bytes, entry, where);
    },
    readPacked(name) {
      const entry = byName.get(name);
      return entry && packedEntry(bytes, entry, where);
    },
  };
}

function findDirectory(view: DataView, where: string): Directory {
  const end = findEnd(view, where);
  let count = view.getUint16(end + 10, true);
  let size = view.getUint32(end + 12, true);
  let begin = view.getUint32(end + 16, true);
  let limit = end;
  if (count === in64.count || size === in64.size || begin === in64.size) {
    const end64 = findEnd64(view, end, where);
    count = readUint64(view, end64 + 32);
    size = readUint64(view, end64 + 40);
    begin = readUint64(view, end64 + 48);
    limit = end64;
  }
  if (begin + size > limit || count * entryLength > size) {
    const expected = `a zip directory within the first ${limit} bytes`;
    throw new InputError(where, expected, `${count} files in ${size} bytes at byte ${begin}`);
  }
  return { count, begin, end: begin + size };
}

/** The record at the end of a zip file; a comment may follow it. */
function findEnd(view: DataView, where: string): number {
  const first = Math.max(0, view.byteLength - endLength - 0xffff);
  for (let at = view.byteLength - endLength; at >= first; at--) {
    if (view.getUint32(at, true) !== endSignature) continue;
    if (at + endLength + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  throw new InputError(where, "a whole zip file", "one without the directory at its end");
}

function findEnd64(view: DataView, end: number, where: string): number {
  const locator = end - locator64Length;
  if (locator >= 0 && view.getUint32(locator, true) === locator64Signature) {
    const at = readUint64(view, locator + 8);
    if (at + end64Length <= locator && view.getUint32(at, true) === end64Signature) return at;
  }
  throw new InputError(where, "a whole zip file", "one without its zip64 directory");
}

function readDirectory(view: DataView, directory: Directory, where: string): Entry[] {
  const entries: Entry[] = [];
  const seen = new Set<string>();
  let at = directory.begin;
  for (let index = 0; index < directory.count; index++) {
    if (at + entryLength > directory.end || view.getUint32(at, true) !== entrySignature) {
      const expected = `${directory.count} files in the zip directory`;
      throw new InputError(where, expected, `other bytes after ${index}`);
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const commentLength = view.getUint16(at + 32, true);
    const extra = at + entryLength + nameLength;
    const next = extra + extraLength + commentLength;
    if (next > directory.end) {
      const expected = `file ${index + 1} of the zip directory to end within it`;
      throw new InputError(where, expected, `${next - directory.end} bytes more`);
    }
    const name = readName(view, at + entryLength, nameLength, where);
    if (seen.has(name)) {
      throw new InputError(where, "every file of the zip once", `${excerpt(name)} twice`);
    }
    seen.add(name);
    entries.push({
      name,
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      ...readSizes(view, at, extra, extra + extraLength, name, where),
    });
    at = next;
  }
  return entries;
}

/** The sizes and the place of an entry; what needs 64 bits stands in an extra field, in this order. */
function readSizes(
  view: DataView,
  at: number,
  extra: number,
  extraEnd: number,
  name: string,
  where: string,
): Pick<Entry, "size" | "storedSize" | "header"> {
  const places = [at + 24, at + 20, at + 42];
  const numbers = places.map((place) => view.getUint32(place, true));
  if (numbers.includes(in64.size)) {
    let field = findZip64Extra(view, extra, extraEnd);
    for (const [index, number] of numbers.entries()) {
      if (number !== in64.size) continue;
      if (field.begin + 8 > field.end) {
        throw new InputError(where, `the zip64 sizes of ${excerpt(name)}`, "none");
      }
      numbers[index] = readUint64(view, field.begin);
      field = { begin: field.begin + 8, end: field.end };
    }
  }
  const [size, storedSize, header] = numbers as [number, number, number];
  return { size, storedSize, header };
}

function findZip64Extra(view: DataView, from: number, to: number): { begin: number; end: number } {
  for (let at = from; at + 4 <= to; ) {
    const begin = at + 4;
    const end = begin + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === zip64Extra && end <= to) return { begin, end };
    at = end;
  }
  return { begin: to, end: to };
}

/** Finds an entry's bytes behind its own header. */
function placeEntry(
  view: DataView,
  entry: Entry,
  directory: Directory,
  where: string,
): PlacedEntry {
  const { name, header, storedSize } = entry;
  const text = excerpt(name);
  const limit = directory.begin;
  if (header + localLength > limit || view.getUint32(header, true) !== localSignature) {
    throw new InputError(where, `${text} in the zip at byte ${header}`, "other bytes");
  }
  const nameLength = view.getUint16(header + 26, true);
  const begin = header + localLength + nameLength + view.getUint16(header + 28, true);
  const end = begin + storedSize;
  if (end > limit) {
    const expected = `${text} in the first ${limit} bytes of the zip`;
    throw new InputError(where, expected, `${storedSize} bytes at byte ${begin}`);
  }
  const localName = readName(view, header + localLength, nameLength, where);
  if (localName !== name) {
    throw new InputError(where, `${text} in the zip at byte ${header}`, excerpt(localName));
  }
  return { ...entry, begin, end };
}

function checkNoOverlap(entries: readonly PlacedEntry[], where: string): void {
  const inOrder = [...entries].sort((a, b) => a.header - b.header);
  for (const [index, { name, end }] of inOrder.entries()) {
    const next = inOrder[index + 1];
    if (next && next.header < end) {
      const expected = `${excerpt(next.name)} behind ${excerpt(name)} in the zip`;
      throw new InputError(where, expected, "an overlap");
    }
  }
}

function packedEntry(bytes: Uint8Array, entry: PlacedEntry, where: string): PackedFile {
  const { begin, end, flags, method, name, size, crc } = entry;
  if (flags & encrypted) {
    throw new InputError(where, `${excerpt(name)} without encryption`, "an encrypted file");
  }
  if (method !== stored && method !== deflated) {
    const expected = `${excerpt(name)} stored or deflated`;
    throw new InputError(where, expected, `compression method ${method}`);
  }
  return { bytes: bytes.subarray(begin, end), isDeflated: method === deflated, size, crc };
}

function readEntry(bytes: Uint8Array, entry: PlacedEntry, where: string): Uint8Array {
  const text = excerpt(entry.name);
  if (entry.flags & encrypted) {
    throw new InputError(where, `${text} without encryption`, "an encrypted file");
  }
  if (entry.method !== stored) {
    const got = entry.method === deflated ? "deflate" : `compression method ${entry.method}`;
    throw new InputError(where, `${text} stored without compression, as PyTorch does`, got);
  }
  if (entry.size !== entry.storedSize) {
    throw new InputError(where, `${text} of ${entry.size} bytes`, `${entry.storedSize}`);
  }
  const content = bytes.subarray(entry.begin, entry.end);
  if (entry.crc === notComputed) return content;
  const crc = crc32(content);
  if (crc !== entry.crc) {
    const expected = `${text} with CRC-32 ${hex(entry.crc)}`;
    throw new InputError(where, expected, `${hex(crc)} (the file is damaged)`);
  }
  return content;
}

function readName(view: DataView, begin: number, length: number, where: string): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + begin, length);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InputError(where, "names of files in the zip in UTF-8", "other bytes");
  }
}

/** As a number; one past 2^53 is rounded, and larger than any file. */
function readUint64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
