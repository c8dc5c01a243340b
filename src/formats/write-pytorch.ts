import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import type { NamedTensors, Tensor32 } from "../graph/tensors.js";
import { opcodes } from "./pickle-opcodes.js";
import { writeZip } from "./write-zip.js";

const protocol = 2;
const largestInteger = 2 ** 31 - 1;

/** The folder in the zip; PyTorch takes the file's name or this one. */
const folder = "archive";

/** What PyTorch 2 writes; older versions wrote the same without the byte order. */
const fileFormat = "3\n";

/**
 * Writes float32 tensors as `torch.save(state_dict, path)` does: an `OrderedDict` of tensors, each
 * with its own storage, little endian, storages at multiples of 64 bytes. PyTorch 1.6 and newer read it
 * with `torch.load(path)`, from 1.13 also with `weights_only=True`. Names and values decide every byte.
 *
 * @throws InputError where values do not fill their shape, or the file would have 4 GiB or more
 *
 * @example
 * writePyTorch(new Map([["fc.bias", { shape: [2], values: new Float32Array([1, 2]) }]]));
 */
export function writePyTorch(tensors: NamedTensors): Uint8Array {
  for (const [name, tensor] of tensors) checkWritable(name, tensor);
  const text = new TextEncoder();
  const files = new Map([
    [`${folder}/data.pkl`, pickleStateDict(tensors)],
    [`${folder}/byteorder`, text.encode("little")],
  ]);
  let key = 0;
  for (const { values } of tensors.values()) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    files.set(`${folder}/data/${key++}`, bytes);
  }
  files.set(`${folder}/version`, text.encode(fileFormat));
  return writeZip(files, "torch");
}

function checkWritable(name: string, { shape, values }: Tensor32): void {
  const where = `torch: ${excerpt(name)}`;
  if (!shape.every((extent) => Number.isInteger(extent) && extent >= 0)) {
    throw new InputError(where, "sizes of 0 or more", excerpt(shape));
  }
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (size !== values.length) {
    throw new InputError(where, `${size} values for shape ${excerpt(shape)}`, `${values.length}`);
  }
  // The first stride, should there be values.
  if (shape.reduce((span, extent) => span * Math.max(1, extent), 1) > largestInteger) {
    throw new InputError(where, `sizes whose product is at most ${largestInteger}`, excerpt(shape));
  }
}

/** The instructions that build the state dict; storages have their position as key. */
function pickleStateDict(tensors: NamedTensors): Uint8Array {
  const pickle = new PickleWriter();
  pickle.put(opcodes.PROTO, protocol);
  pickle.emptyOrderedDict();
  pickle.put(opcodes.MARK);
  let key = 0;
  for (const [name, { shape, values }] of tensors) {
    pickle.text(name);
    pickle.tensor(String(key++), shape, values.length);
  }
  pickle.put(opcodes.SETITEMS, opcodes.STOP);
  return pickle.bytes();
}

class PickleWriter {
  readonly #bytes: number[] = [];

  put(...bytes: readonly number[]): void {
    this.#bytes.push(...bytes);
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.#bytes);
  }

  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.put(opcodes.BINUNICODE);
    this.#int32(bytes.length);
    for (const byte of bytes) this.put(byte);
  }

  emptyOrderedDict(): void {
    this.#global("collections", "OrderedDict");
    this.put(opcodes.EMPTY_TUPLE, opcodes.REDUCE);
  }

  /** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)` */
  tensor(key: string, shape: readonly number[], length: number): void {
    this.#global("torch._utils", "_rebuild_tensor_v2");
    this.put(opcodes.MARK);
    this.#storage(key, length);
    this.#integer(0);
    this.#integers(shape);
    this.#integers(rowMajorStrides(shape));
    this.put(opcodes.NEWFALSE);
    this.emptyOrderedDict();
    this.put(opcodes.TUPLE, opcodes.REDUCE);
  }

  /** The persistent id `("storage", FloatStorage, key, "cpu", length)` */
  #storage(key: string, length: number): void {
    this.put(opcodes.MARK);
    this.text("storage");
    this.#global("torch", "FloatStorage");
    this.text(key);
    this.text("cpu");
    this.#integer(length);
    this.put(opcodes.TUPLE, opcodes.BINPERSID);
  }

  #global(module: string, name: string): void {
    const line = new TextEncoder().encode(`${module}\n${name}\n`);
    this.put(opcodes.GLOBAL, ...line);
  }

  #integers(values: readonly number[]): void {
    this.put(opcodes.MARK);
    for (const value of values) this.#integer(value);
    this.put(opcodes.TUPLE);
  }

  #integer(value: number): void {
    this.put(opcodes.BININT);
    this.#int32(value);
  }

  #int32(value: number): void {
    this.put(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24);
  }
}

/** Elements from one place to the next along each axis; as PyTorch, an extent of 0 counts as 1. */
function rowMajorStrides(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides.unshift(step);
    step *= Math.max(1, shape[axis]!);
  }
  return strides;
}
