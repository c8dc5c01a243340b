import { checkOptions } from "../arguments.js";
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
import { checkpointHost } from "./pytorch-host.js";
import { copyTensor, StridedTensor } from "./pytorch-tensors.js";
import type { StoredDtype, StoredTensor } from "./stored-tensor.js";
import { openZip, type Zip } from "./zip.js";

/** What a PyTorch checkpoint holds. */
export interface PyTorchCheckpoint {
  /** In the order of the state dict; each is a copy with its own row-major values. */
  readonly tensors: Map<string, StoredTensor>;
  /** The entry that the state dict was found under, `model` or the like; undefined at the top. */
  readonly entry?: string;
}

/** Options of {@link readPyTorch}. */
export interface PyTorchOptions {
  /** The entry to read of a checkpoint that has several state dicts. Default: the only one. */
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
 * names and shapes, and one file per storage. Nothing in it is executed: the pickle may name what PyTorch's own
 * `weights_only=True` takes, and anything else is refused by name. Values that are not weights are skipped.
 *
 * Tensors of all of PyTorch's real types of 8 bits or more are read, with any strides and with the neg bit. Tensors
 * may share storages. A checkpoint of several things, such as
 * `{"model": state_dict, "epoch": 3}`, is read where just one of its entries is a state dict, or `entry` names it.
 *
 * @param bytes the whole file
 * @param where the file's name, for messages
 * @throws InputError where an option is unknown, and naming the file, where it is not such a file. Nothing is allocated
 * for a size that the file does not have, but for views that repeat values: they may add 64 MiB together.
 *
 * Format: PyTorch's `torch/serialization.py` and `caffe2/serialize/inline_container.h`.
 * @example
 * const { tensors } = readPyTorch(writePyTorch(parameters), "network.pt");
 * console.log([...tensors.keys()]);
 */
export function readPyTorch(
  bytes: Uint8Array,
  where: string,
  options: PyTorchOptions = {},
): PyTorchCheckpoint {
  checkOptions("readPyTorch", options, ["entry"]);
  checkSignature(bytes, where);
  const zip = openZip(bytes, where);
  const prefix = findPrefix(zip, where);
  checkByteOrder(zip.read(`${prefix}byteorder`), where);
  const host = checkpointHost((key) => zip.read(`${prefix}data/${key}`), where);
  const pickle = zip.read(`${prefix}data.pkl`)!;
  const { dict, entry } = findStateDict(unpickle(pickle, where, host), where, options.entry);

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

/** The pickle of the number 0x1950a86a20f9469cfc6c, with which files from before PyTorch 1.6 begin, in protocol 2. */
const legacyMagic = [
  0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
];

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, index) => bytes[index] === byte);
}

function checkSignature(bytes: Uint8Array, where: string): void {
  if (isZip(bytes)) return;
  if (isPickle(bytes)) {
    if (!startsWith(bytes, legacyMagic)) {
      throw new InputError(where, "a file of torch.save", "a pickle that torch.save did not write");
    }
    const expected = `a zip file, as ${advice.again} writes`;
    throw new InputError(where, expected, "a pickle, as older versions wrote");
  }
  throw new InputError(where, "a zip file, as torch.save writes it", "other bytes");
}

/** The folder in the zip that everything is in, with its slash. */
function findPrefix(zip: Zip, where: string): string {
  const found = zip.names.filter((name) => /^[^/]*\/data\.pkl$/.test(name));
  const [name] = found;
  const foreign = name === undefined ? describeForeignZip(zip.names) : undefined;
  if (foreign !== undefined) throw new InputError(where, "a file of torch.save", foreign);
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

/** What a zip file is that has no `data.pkl`, where it is known. */
function describeForeignZip(names: readonly string[]): string | undefined {
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
  if (has(/(^|\/)(archive_format|serialized_exported_program\.json)$/)) {
    return "an archive of torch.export";
  }
  if (names.length > 0 && names.every((name) => name.endsWith(".npy")))
    return "NumPy arrays (.npz)";
  if (has(/^model\.weights\.h5$/)) return "a Keras model";
  const inner = names.find((name) => /\.(pth?|ckpt|bin|safetensors)$/i.test(name));
  return inner === undefined ? undefined : `a zip file with ${excerpt(inner)} in it`;
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
 * The state dict that a checkpoint is, or its only entry that is a state dict, or the entry that was asked for.
 * Where another dictionary has parameters among other things, it may be the one that is meant: then none is chosen.
 */
function findStateDict(top: PickleValue, where: string, wanted?: string): StateDict {
  if (!(top instanceof Map)) {
    const expected = `a dictionary of tensors, as ${advice.stateDict} writes`;
    throw new InputError(where, expected, describeValue(top));
  }
  const whole = contentOf(top);
  if (wanted === undefined && whole.others.length === 0) return { dict: whole.tensors };
  const candidates = candidatesIn(top);
  if (wanted !== undefined) return chosenEntry(top, candidates, wanted, where);
  if (whole.isMeant && candidates.length === 0) {
    throw new InputError(where, "tensors only", describeOthers(whole));
  }
  const [first] = candidates;
  if (!first) {
    const expected =
      "a dictionary of tensors, or one with just one entry that is such a dictionary";
    throw new InputError(where, expected, describeEntries(top, candidates));
  }
  if (whole.isMeant || candidates.length > 1) {
    const names = describeNames(candidates);
    const expected = `one state dict, or the option entry to say which to read (${names})`;
    throw new InputError(where, expected, describeEntries(top, candidates));
  }
  return stateDictOf(first, where);
}

type Candidate = readonly [PickleKey, Content];

/** The entries that may be meant. Each dictionary is looked through once, however many entries it is. */
function candidatesIn(top: PickleDict): Candidate[] {
  const contents = new Map<PickleValue, Content>();
  const candidates: Candidate[] = [];
  for (const [key, value] of top) {
    if (!(value instanceof Map)) continue;
    const content = contents.get(value) ?? contentOf(value);
    contents.set(value, content);
    if (content.isMeant) candidates.push([key, content]);
  }
  return candidates;
}

function chosenEntry(
  top: PickleDict,
  candidates: readonly Candidate[],
  wanted: string,
  where: string,
): StateDict {
  const found = candidates.filter(([key]) => String(key) === wanted);
  if (found.length === 1) return stateDictOf(found[0]!, where);
  if (candidates.length > 0) {
    const expected = `entry to be one of ${describeNames(candidates)}`;
    throw new InputError(where, expected, excerpt(wanted));
  }
  const got =
    contentOf(top).others.length === 0 ? "a state dict" : describeEntries(top, candidates);
  throw new InputError(where, "entry only with a checkpoint of several things", got);
}

function stateDictOf([key, content]: Candidate, where: string): StateDict {
  if (content.others.length > 0) {
    const expected = `tensors only in ${describeValue(key)}`;
    throw new InputError(where, expected, describeOthers(content));
  }
  return { dict: content.tensors, entry: String(key) };
}

/** The first names of entries, with commas between. */
function describeNames(candidates: readonly Candidate[]): string {
  const names = candidates.slice(0, 8).map(([key]) => describeValue(key));
  return candidates.length > names.length ? `${names.join(", ")}, …` : names.join(", ");
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
  return [...tensors.values()].some(({ shape, dtype }) => shape.length > 0 && !integers.has(dtype));
}

const integers: ReadonlySet<StoredDtype> = new Set([
  ...(["I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL"] as const),
]);

/** The first entries that are no tensors, by what they are. */
function describeOthers({ others }: Content): string {
  const shown = others
    .slice(0, 3)
    .map(([key, value]) => `${describeValue(key)}: ${describeValue(value)}`);
  const rest = others.length - shown.length;
  return `${shown.join(", ")}${rest > 0 ? `, and ${rest} more` : ""}`;
}

/** The first entries of a dictionary, by what they are; those that may be meant go before others. */
function describeEntries(dict: PickleDict, candidates: readonly Candidate[]): string {
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
