import { InputError } from "../errors.js";
import { crc32 } from "./crc32.js";

/** A file's content begins at a multiple of this, as in PyTorch, so that it can be mapped. */
const alignment = 64;
const localLength = 30;
const entryLength = 46;
const endLength = 22;

/** Extra field that only fills, as PyTorch's writer names it. */
const padding = { id: 0x4246, fill: 0x5a, header: 4 };

/** 1980-01-01, the first day that zip knows: equal contents give equal bytes. */
const date = 0x0021;
const version = 20;
const utf8 = 1 << 11;
const largest = 0xffffffff;

interface PlacedFile {
  readonly name: Uint8Array;
  readonly content: Uint8Array;
  readonly crc: number;
  readonly header: number;
  readonly begin: number;
}

/**
 * Writes files into a zip file without compression, in the map's order. Names and contents decide
 * every byte.
 *
 * @param where who writes, for messages
 * @throws InputError where it would have 4 GiB or more, or 65,535 files or more: zip64 is not written
 */
export function writeZip(files: ReadonlyMap<string, Uint8Array>, where: string): Uint8Array {
  const placed = placeFiles(files);
  const last = placed.at(-1);
  const directory = last ? last.begin + last.content.length : 0;
  const directorySize = placed.reduce((size, { name }) => size + entryLength + name.length, 0);
  const length = directory + directorySize + endLength;
  if (length > largest || placed.length >= 0xffff) {
    const expected = "less than 4 GiB and 65,535 tensors";
    throw new InputError(where, expected, `${length} bytes and ${placed.length} files`);
  }

  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = directory;
  for (const file of placed) {
    writeFile(bytes, view, file);
    at = writeEntry(bytes, view, at, file);
  }
  view.setUint32(at, 0x06054b50, true);
  view.setUint16(at + 8, placed.length, true);
  view.setUint16(at + 10, placed.length, true);
  view.setUint32(at + 12, directorySize, true);
  view.setUint32(at + 16, directory, true);
  return bytes;
}

function placeFiles(files: ReadonlyMap<string, Uint8Array>): PlacedFile[] {
  let header = 0;
  return [...files].map(([text, content]) => {
    const name = new TextEncoder().encode(text);
    const earliest = header + localLength + name.length + padding.header;
    const begin = Math.ceil(earliest / alignment) * alignment;
    const file = { name, content, crc: crc32(content), header, begin };
    header = begin + content.length;
    return file;
  });
}

function writeFile(bytes: Uint8Array, view: DataView, file: PlacedFile): void {
  const { name, content, header, begin } = file;
  const extra = header + localLength + name.length;
  view.setUint32(header, 0x04034b50, true);
  writeDescription(view, header + 4, file);
  view.setUint16(header + 28, begin - extra, true);
  bytes.set(name, header + localLength);
  view.setUint16(extra, padding.id, true);
  view.setUint16(extra + 2, begin - extra - padding.header, true);
  bytes.fill(padding.fill, extra + padding.header, begin);
  bytes.set(content, begin);
}

/** @returns where the next entry goes */
function writeEntry(bytes: Uint8Array, view: DataView, at: number, file: PlacedFile): number {
  view.setUint32(at, 0x02014b50, true);
  view.setUint16(at + 4, version, true);
  writeDescription(view, at + 6, file);
  view.setUint32(at + 42, file.header, true);
  bytes.set(file.name, at + entryLength);
  return at + entryLength + file.name.length;
}

/** The fields that a file's own header and its entry in the directory share. */
function writeDescription(view: DataView, at: number, { name, content, crc }: PlacedFile): void {
  view.setUint16(at, version, true);
  view.setUint16(at + 2, utf8, true);
  view.setUint16(at + 8, date, true);
  view.setUint32(at + 10, crc, true);
  view.setUint32(at + 14, content.length, true);
  view.setUint32(at + 18, content.length, true);
  view.setUint16(at + 22, name.length, true);
}
