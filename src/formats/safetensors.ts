import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import { type StoredDtype, type StoredTensor, storedArrays } from "./stored-tensor.js";

/** What a safetensors file holds. */
export interface Safetensors {
  /** In the order of the file's header. */
  readonly tensors: Map<string, StoredTensor>;
  readonly metadata: Record<string, string>;
}

interface Entry {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const lengthBytes = 8;
const metadataKey = "__metadata__";

/**
 * Reads a file in the safetensors format: 8 bytes of header length (little endian), a JSON header,
 * then the tensors' bytes without holes.
 *
 * @param bytes the whole file
 * @param name the file's name, for messages
 * @throws InputError naming the file, where it is not well formed. Nothing is allocated for a size
 * that the file does not have.
 * @example
 * const bytes = await readFile("runs/2026-11-23-142530-stn-seed0/best.safetensors");
 * const { tensors, metadata } = readSafetensors(new Uint8Array(bytes), "best.safetensors");
 */
export function readSafetensors(bytes: Uint8Array, name: string): Safetensors {
  const headerLength = readHeaderLength(bytes, name);
  const header = parseHeader(bytes.subarray(lengthBytes, lengthBytes + headerLength), name);
  const data = bytes.subarray(lengthBytes + headerLength);

  let metadata: Record<string, string> = {};
  const entries: Entry[] = [];
  for (const [key, value] of header) {
    if (key === metadataKey) metadata = checkMetadata(value, name);
    else entries.push(checkEntry(key, value, data.length, name));
  }
  checkCoverage(entries, data.length, name);

  const tensors = new Map<string, StoredTensor>();
  for (const { name: key, dtype, shape, begin, end } of entries) {
    // A copy, because a typed array must start at a multiple of its element size. Not `slice`: that
    // of Node's Buffer copies nothing.
    const copy = new Uint8Array(data.subarray(begin, end));
    const values = new storedArrays[dtype](copy.buffer);
    tensors.set(key, { dtype, shape, values });
  }
  return { tensors, metadata };
}

/** Whether a file's JSON begins where that of a safetensors file does, at byte 8. */
export function beginsAsSafetensors(bytes: Uint8Array): boolean {
  return bytes[lengthBytes] === 0x7b;
}

/**
 * Whether a file may be meant as safetensors, whole or damaged: its header begins with `{` at byte 8,
 * or has a length that the file has room for.
 */
export function looksLikeSafetensors(bytes: Uint8Array): boolean {
  if (beginsAsSafetensors(bytes)) return true;
  if (bytes.length < lengthBytes) return false;
  const length = headerLengthOf(bytes);
  return length > 0n && length <= BigInt(bytes.length - lengthBytes);
}

/** A tensor to write; without a `dtype` it is float32. */
export interface WritableTensor {
  readonly dtype?: StoredDtype;
  readonly shape: readonly number[];
  /** The array that `dtype` asks for. */
  readonly values: ArrayBufferView & { readonly length: number };
}

/**
 * Writes tensors in the safetensors format. Names, values and metadata decide every byte:
 * tensors stand in the map's order, metadata in the order of its keys.
 *
 * @example
 * writeSafetensors(new Map([["fc.bias", { shape: [2], values: new Float32Array([1, 2]) }]]), { format: "pt" });
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, WritableTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  // Members are joined by hand: a JavaScript object would move names like "0" to its front.
  const members = [`${JSON.stringify(metadataKey)}:${JSON.stringify(metadata)}`];
  let size = 0;
  for (const [name, tensor] of tensors) {
    const { dtype = "F32", shape, values } = tensor;
    checkWritable(name, tensor);
    const offsets = [size, size + values.byteLength];
    const entry = JSON.stringify({ dtype, shape, data_offsets: offsets });
    members.push(`${JSON.stringify(name)}:${entry}`);
    size += values.byteLength;
  }
  const json = new TextEncoder().encode(`{${members.join(",")}}`);
  const headerLength = Math.ceil(json.length / lengthBytes) * lengthBytes;

  const bytes = new Uint8Array(lengthBytes + headerLength + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, lengthBytes, lengthBytes + headerLength);
  bytes.set(json, lengthBytes);
  let offset = lengthBytes + headerLength;
  for (const { values } of tensors.values()) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return bytes;
}

function readHeaderLength(bytes: Uint8Array, name: string): number {
  if (bytes.length < lengthBytes) {
    throw new InputError(name, "a safetensors file of 8 bytes or more", `${bytes.length} bytes`);
  }
  const length = headerLengthOf(bytes);
  const room = bytes.length - lengthBytes;
  if (length > BigInt(room)) {
    throw new InputError(name, `a safetensors header of at most ${room} bytes`, `${length}`);
  }
  return Number(length);
}

function headerLengthOf(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
}

/** The header's members in the order of the text. */
function parseHeader(bytes: Uint8Array, name: string): [key: string, value: unknown][] {
  let header: unknown;
  let names: string[];
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
    names = memberNames(text);
  } catch {
    throw new InputError(name, "a safetensors header in JSON", "other bytes");
  }
  if (!isObject(header)) {
    throw new InputError(name, "a safetensors header that is a JSON object", excerpt(header));
  }
  const seen = new Set<string>();
  for (const key of names) {
    if (seen.has(key)) throw new InputError(name, "every tensor once", `${excerpt(key)} twice`);
    seen.add(key);
  }
  return [...seen].map((key) => [key, header[key]]);
}

/**
 * The names of a JSON object's own members, in the order of the text and with repetitions, which
 * `JSON.parse` hides. The text is known to be valid JSON.
 */
function memberNames(text: string): string[] {
  const names: string[] = [];
  let depth = 0;
  for (const match of text.matchAll(/[{}[\]]|("(?:[^"\\]|\\.)*")(\s*:)?/g)) {
    const [token, string, colon] = match;
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth === 1 && string && colon) names.push(JSON.parse(string));
  }
  return names;
}

function checkMetadata(value: unknown, name: string): Record<string, string> {
  if (!isObject(value)) {
    throw new InputError(name, `${metadataKey} to be an object of strings`, excerpt(value));
  }
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") {
      throw new InputError(name, `${metadataKey}.${excerpt(key)} to be a string`, excerpt(text));
    }
  }
  return value as Record<string, string>;
}

function checkEntry(key: string, value: unknown, available: number, name: string): Entry {
  const tensor = excerpt(key);
  if (!isObject(value)) throw new InputError(name, `${tensor} to be an object`, excerpt(value));
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(storedArrays, dtype)) {
    const allowed = Object.keys(storedArrays).join(", ");
    throw new InputError(name, `the dtype of ${tensor} to be one of ${allowed}`, excerpt(dtype));
  }
  if (!isSizes(shape)) {
    throw new InputError(name, `the shape of ${tensor} to be a list of sizes`, excerpt(shape));
  }
  const [begin, end] = isSizes(offsets) && offsets.length === 2 ? offsets : [];
  if (begin === undefined || end === undefined || begin > end || end > available) {
    const expected = `the data_offsets of ${tensor} to be a range within ${available} bytes`;
    throw new InputError(name, expected, excerpt(offsets));
  }
  const type = dtype as StoredDtype;
  const size = shape.reduce(
    (product, extent) => product * extent,
    storedArrays[type].BYTES_PER_ELEMENT,
  );
  if (size !== end - begin) {
    const expected = `${size} bytes for ${tensor}, ${dtype} of shape ${excerpt(shape)}`;
    throw new InputError(name, expected, `${end - begin}`);
  }
  return { name: key, dtype: type, shape, begin, end };
}

/** Tensors cover the data once: no overlap, no hole, nothing behind the last. */
function checkCoverage(entries: readonly Entry[], available: number, name: string): void {
  const inFileOrder = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  for (const entry of inFileOrder) {
    if (entry.begin !== position) {
      const expected = `${excerpt(entry.name)} to begin at byte ${position} of the data`;
      throw new InputError(name, expected, `${entry.begin}`);
    }
    position = entry.end;
  }
  if (position !== available) {
    throw new InputError(name, `${position} bytes of tensors`, `${available}`);
  }
}

function checkWritable(name: string, { shape, values }: WritableTensor): void {
  const where = `safetensors: ${excerpt(name)}`;
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (name === metadataKey) throw new InputError(where, "a tensor's name", "a reserved name");
  if (size !== values.length) {
    throw new InputError(where, `${size} values for shape ${excerpt(shape)}`, `${values.length}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
