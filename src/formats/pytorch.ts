import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import { thousands } from "../numbers.js";
import {
  describeValue,
  type PickleDict,
  type PickleKey,
  type PickleValue,
  unpickle,
} from "./pickle.js";
import { copyTensor, StridedTensor, tensorHost } from "./pytorch-tensors.js";
import type { StoredDtype, StoredTensor } from "./stored-tensor.js";
import { openZip, type Zip } from "./zip.js";

/** What a PyTorch checkpoint holds. */
export interface PyTorchCheckpoint {
  /** In the order of the state dict; each a copy with its own row-major values. */
  readonly tensors: Map<string, StoredTensor>;
  /** The entry that the state dict was found under, `model` or the like; undefined at the top. */
  readonly entry?: string;
}

/** Views may repeat what they show: together they may be so much larger than the file, bytes. */
const MOST_REPEATED = 2 ** 26;

/** Python that saves a checkpoint so that it can be read here. */
const advice = {
  stateDict: "torch.save(model.state_dict(), path)",
  again: "torch.save(torch.load(path, weights_only=True), path) in PyTorch 1.13 or newer",
  script: "torch.save(torch.jit.load(path).state_dict(), path)",
};

/**
 * Reads the state dict in a file of `torch.save` (PyTorch 1.6 or newer): a zip file with a pickle of
 * names and shapes, and a file a storage. Nothing in it is executed: the pickle may name dictionaries,
 * tensors and their element types, and anything else is refused by name.
 *
 * Read are float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8 and bool tensors,
 * with any strides, and storages that tensors share. A checkpoint of several things, such as
 * `{"model": state_dict, "epoch": 3}`, is read where just one of its entries is a state dict.
 *
 * @param bytes the whole file
 * @param where the file's name, for messages
 * @throws InputError naming the file, where it is not such a file. Nothing is allocated for a size
 * that the file does not have, but for views that repeat values: they may add 64 MiB together.
 *
 * Format: PyTorch's `torch/serialization.py` and `caffe2/serialize/inline_container.h`.
 */
export function readPyTorch(bytes: Uint8Array, where: string): PyTorchCheckpoint {
  checkSignature(bytes, where);
  const zip = openZip(bytes, where);
  const prefix = findPrefix(zip, where);
  checkByteOrder(zip.read(`${prefix}byteorder`), where);
  const host = tensorHost((key) => zip.read(`${prefix}data/${key}`), where);
  const pickle = zip.read(`${prefix}data.pkl`)!;
  const { dict, entry } = findStateDict(unpickle(pickle, where, host), where);

  let room = bytes.length + MOST_REPEATED;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, tensor] of dict) {
    room -= tensor.byteLength;
    if (room < 0) {
      const expected = `tensors of at most ${thousands(bytes.length + MOST_REPEATED)} bytes in all`;
      throw new InputError(where, expected, `more, with ${excerpt(name)}`);
    }
    tensors.set(name, copyTensor(tensor));
  }
  return entry === undefined ? { tensors } : { tensors, entry };
}

/** Whether these are the first bytes of what `torch.save` writes, of today or before PyTorch 1.6. */
export function looksLikePyTorch(bytes: Uint8Array): boolean {
  return isZip(bytes) || isPickle(bytes);
}

function isZip(bytes: Uint8Array): boolean {
  return startsWith(bytes, [0x50, 0x4b, 0x03, 0x04]) || startsWith(bytes, [0x50, 0x4b, 0x05, 0x06]);
}

/** A pickle begins with 0x80 and its protocol; so may a safetensors file, whose JSON begins at byte 8. */
function isPickle(bytes: Uint8Array): boolean {
  const [first, protocol = 0] = bytes;
  return first === 0x80 && protocol >= 2 && protocol <= 5 && bytes[8] !== 0x7b;
}

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, index) => bytes[index] === byte);
}

function checkSignature(bytes: Uint8Array, where: string): void {
  if (isZip(bytes)) return;
  if (isPickle(bytes)) {
    const expected = `a zip file, as ${advice.again} writes`;
    throw new InputError(where, expected, "a pickle, as older versions wrote");
  }
  throw new InputError(where, "a zip file, as torch.save writes it", "other bytes");
}

/** The folder in the zip that everything is in, with its slash. */
function findPrefix(zip: Zip, where: string): string {
  const found = zip.names.filter((name) => /^[^/]*\/data\.pkl$/.test(name));
  const [name] = found;
  if (name === undefined || found.length > 1) {
    const got = `${found.length || "none"} among its ${zip.names.length} files`;
    throw new InputError(where, "one data.pkl in the zip, as torch.save writes it", got);
  }
  const prefix = name.slice(0, -"data.pkl".length);
  if (zip.names.includes(`${prefix}constants.pkl`)) {
    throw new InputError(
      where,
      `a state dict, as ${advice.script} writes`,
      "a TorchScript archive",
    );
  }
  return prefix;
}

function checkByteOrder(content: Uint8Array | undefined, where: string): void {
  if (!content) return; // Older versions do not say; they wrote little endian almost everywhere.
  const order = new TextDecoder().decode(content.subarray(0, 20)).trim();
  if (order !== "little") {
    throw new InputError(where, "the byte order little", excerpt(order));
  }
}

interface StateDict {
  readonly dict: Map<string, StridedTensor>;
  readonly entry?: string;
}

/** What a dictionary holds, by whether it may be meant as a state dict. */
interface Content {
  readonly tensors: Map<string, StridedTensor>;
  /** The entries that are no tensor under a name. */
  readonly others: readonly (readonly [PickleKey, PickleValue])[];
  readonly isMeant: boolean;
}

/**
 * The state dict that a checkpoint is, or its one entry that is a state dict. A dictionary that has
 * parameters and something else may be meant as well: beside one nothing is chosen.
 */
function findStateDict(top: PickleValue, where: string): StateDict {
  if (!(top instanceof Map)) {
    const expected = `a dictionary of tensors, as ${advice.stateDict} writes`;
    throw new InputError(where, expected, describeValue(top));
  }
  const whole = contentOf(top);
  if (whole.others.length === 0) return { dict: whole.tensors };

  // Each dictionary is looked through once, however many entries it is.
  const contents = new Map<PickleValue, Content>();
  const candidates: (readonly [PickleKey, Content])[] = [];
  for (const [key, value] of top) {
    if (!(value instanceof Map)) continue;
    const content = contents.get(value) ?? contentOf(value);
    contents.set(value, content);
    if (content.isMeant) candidates.push([key, content]);
  }
  if (whole.isMeant && candidates.length === 0) {
    throw new InputError(where, "tensors only", describeOthers(whole));
  }
  const [first] = candidates;
  if (whole.isMeant || !first || candidates.length > 1) {
    const expected =
      "a dictionary of tensors, or one with just one entry that is such a dictionary";
    throw new InputError(where, expected, describeEntries(top, candidates));
  }
  const [key, { tensors, others }] = first;
  if (others.length > 0) {
    const expected = `tensors only in ${describeValue(key)}`;
    throw new InputError(where, expected, describeOthers(first[1]));
  }
  return { dict: tensors, entry: String(key) };
}

function contentOf(dict: PickleDict): Content {
  const tensors = new Map<string, StridedTensor>();
  const others: [PickleKey, PickleValue][] = [];
  for (const [name, value] of dict) {
    if (typeof name === "string" && value instanceof StridedTensor) tensors.set(name, value);
    else others.push([name, value]);
  }
  return { tensors, others, isMeant: isMeant(tensors, others.length) };
}

/**
 * A single number kept as a tensor, such as a loss, or integers, such as a random generator's state, make
 * no state dict of what is not all tensors.
 */
function isMeant(tensors: Content["tensors"], others: number): boolean {
  if (others === 0) return tensors.size > 0;
  return [...tensors.values()].some(
    ({ shape, storage }) => shape.length > 0 && floats.has(storage.dtype),
  );
}

const floats: ReadonlySet<StoredDtype> = new Set(["F16", "BF16", "F32", "F64"]);

/** The first entries that are no tensors, by what they are. */
function describeOthers({ others }: Content): string {
  const shown = others
    .slice(0, 3)
    .map(([key, value]) => `${describeValue(key)}: ${describeValue(value)}`);
  const rest = others.length - shown.length;
  return `${shown.join(", ")}${rest > 0 ? `, and ${rest} more` : ""}`;
}

/** The first entries of a dictionary, by what they are; those that may be meant go before others. */
function describeEntries(
  dict: PickleDict,
  candidates: readonly (readonly [PickleKey, Content])[],
): string {
  const kinds = new Map<PickleKey, string>();
  for (const [key, content] of candidates.slice(0, 4)) {
    const culprits = content.others.length > 0 ? ` and of ${describeOthers(content)}` : "";
    kinds.set(key, `a dictionary of tensors${culprits}`);
  }
  for (const [key, value] of dict) {
    if (kinds.size >= 4) break;
    if (!kinds.has(key)) kinds.set(key, describeValue(value));
  }
  const shown = [...kinds].map(([key, kind]) => `${describeValue(key)}: ${kind}`);
  const rest = dict.size - shown.length;
  return `{${shown.join(", ")}${rest > 0 ? `, and ${rest} more` : ""}}`;
}
