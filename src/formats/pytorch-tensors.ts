import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import {
  describeValue,
  PickleGlobal,
  type PickleHost,
  PickleObject,
  PickleTuple,
  type PickleValue,
} from "./pickle.js";
import { type StoredDtype, type StoredTensor, storedArrays } from "./stored-tensor.js";

/** The element type of each storage class. */
const storageDtypes: ReadonlyMap<string, StoredDtype> = new Map([
  ["torch.DoubleStorage", "F64"],
  ["torch.FloatStorage", "F32"],
  ["torch.HalfStorage", "F16"],
  ["torch.BFloat16Storage", "BF16"],
  ["torch.LongStorage", "I64"],
  ["torch.IntStorage", "I32"],
  ["torch.ShortStorage", "I16"],
  ["torch.CharStorage", "I8"],
  ["torch.ByteStorage", "U8"],
  ["torch.BoolStorage", "BOOL"],
  ["torch.storage.UntypedStorage", "U8"],
]);

/** What may be in a checkpoint beside its tensors, as values: element types. */
const dtypeNames: ReadonlySet<string> = new Set(
  [
    ["float64", "float32", "float16", "bfloat16"],
    ["int64", "int32", "int16", "int8", "uint8", "bool"],
  ].flatMap((names) => names.map((name) => `torch.${name}`)),
);

const content = "only tensors and dictionaries, as torch.save(model.state_dict(), path) writes";

/** As many dimensions as PyTorch's own operations take. */
const MOST_DIMENSIONS = 64;

/** The bytes that tensors are views of. */
class Storage extends PickleObject {
  readonly kind = "a storage";
  readonly #bytes: Uint8Array;
  #elements: StoredTensor["values"] | undefined;

  constructor(
    readonly dtype: StoredDtype,
    /** Number of elements. */
    readonly length: number,
    bytes: Uint8Array,
  ) {
    super();
    this.#bytes = bytes;
  }

  /** A copy, made once, because a typed array must start at a multiple of its element size. */
  get elements(): StoredTensor["values"] {
    this.#elements ??= new storedArrays[this.dtype](new Uint8Array(this.#bytes).buffer);
    return this.#elements;
  }
}

/** A view of a storage, which may share it, have holes, or show an element many times. */
export class StridedTensor extends PickleObject {
  readonly kind = "a tensor";

  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {
    super();
  }

  /** Of a copy of what it shows. */
  get byteLength(): number {
    return countElements(this.shape) * storedArrays[this.storage.dtype].BYTES_PER_ELEMENT;
  }
}

type Arguments = readonly PickleValue[];

/**
 * The names that a state dict's pickle may call, and what they make.
 *
 * @param findStorage the bytes of a storage by its key
 */
export function tensorHost(
  findStorage: (key: string) => Uint8Array | undefined,
  where: string,
): PickleHost {
  const storages = new Map<string, Storage>();
  const calls = new Map<string, (args: Arguments) => PickleValue>([
    ["collections.OrderedDict", (args) => emptyDict(args, where)],
    ["torch.Size", (args) => size(args, where)],
    ["torch._utils._rebuild_tensor_v2", (args) => rebuildTensor(args, where)],
    ["torch._utils._rebuild_parameter", (args) => rebuildParameter(args, where)],
  ]);
  return {
    content,
    knows: (name) => calls.has(name) || storageDtypes.has(name) || dtypeNames.has(name),
    call(name, args) {
      const make = calls.get(name);
      if (!make) throw new InputError(where, content, `a call of ${name}`);
      return make(args);
    },
    load: (id) => loadStorage(id, storages, findStorage, where),
  };
}

/** A copy of the elements that a tensor shows, row-major. */
export function copyTensor({ storage, offset, shape, strides }: StridedTensor): StoredTensor {
  const { dtype, elements } = storage;
  const count = countElements(shape);
  if (isContiguous(shape, strides)) {
    return { dtype, shape, values: elements.slice(offset, offset + count) };
  }
  const values = new storedArrays[dtype](count);
  const [from, to] = [asBits(elements), asBits(values)];
  const index = shape.map(() => 0);
  let source = offset;
  for (let target = 0; target < count; target++) {
    to[target] = from[source]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += strides[axis]!;
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      source -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return { dtype, shape, values };
}

/** The same memory as unsigned integers: copied as a float, a NaN may get other bits. */
function asBits({ buffer, BYTES_PER_ELEMENT: width }: StoredTensor["values"]) {
  if (width === 8) return new BigUint64Array(buffer);
  if (width === 4) return new Uint32Array(buffer);
  return width === 2 ? new Uint16Array(buffer) : new Uint8Array(buffer);
}

/** `OrderedDict()`, filled afterwards. */
function emptyDict(args: Arguments, where: string): PickleValue {
  if (args.length > 0) {
    throw new InputError(where, "an OrderedDict without arguments", `${args.length} arguments`);
  }
  return new Map();
}

/** `torch.Size((2, 3))` */
function size(args: Arguments, where: string): PickleValue {
  const [sizes] = args;
  if (args.length !== 1 || !(sizes instanceof PickleTuple)) {
    throw new InputError(where, "torch.Size with a tuple", `${args.length} arguments`);
  }
  return sizes;
}

/** `_rebuild_parameter(tensor, requires_grad, backward_hooks)` */
function rebuildParameter(args: Arguments, where: string): PickleValue {
  const [tensor] = args;
  if (args.length !== 3) {
    throw new InputError(where, "3 arguments of a parameter", `${args.length}`);
  }
  if (!(tensor instanceof StridedTensor)) {
    throw new InputError(where, "a parameter made of a tensor", describeValue(tensor!));
  }
  return tensor;
}

/**
 * `_rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, backward_hooks)`, with
 * `metadata` behind it in newer versions.
 */
function rebuildTensor(args: Arguments, where: string): PickleValue {
  const [storage, offset, shape, strides] = args;
  if (args.length < 6 || args.length > 7) {
    throw new InputError(where, "6 or 7 arguments of a tensor", `${args.length}`);
  }
  if (!(storage instanceof Storage)) {
    throw new InputError(where, "a tensor of a storage", `one of ${describeValue(storage!)}`);
  }
  if (!isSize(offset)) {
    const got = describeValue(offset!);
    throw new InputError(where, "a tensor's storage offset to be 0 or more", got);
  }
  const sizes = readSizes(shape!, "shape", where);
  const steps = readSizes(strides!, "strides", where);
  if (sizes.length !== steps.length) {
    const expected = `a stride for each of ${sizes.length} dimensions`;
    throw new InputError(where, expected, `${steps.length}`);
  }
  checkWithin(storage, offset, sizes, steps, where);
  return new StridedTensor(storage, offset, sizes, steps);
}

function readSizes(value: PickleValue, what: string, where: string): readonly number[] {
  if (!(value instanceof PickleTuple)) {
    throw new InputError(where, `a tensor's ${what} to be a tuple`, describeValue(value));
  }
  const { items } = value;
  if (items.length > MOST_DIMENSIONS) {
    const expected = `a tensor of at most ${MOST_DIMENSIONS} dimensions`;
    throw new InputError(where, expected, `${items.length}`);
  }
  return items.map((item) => {
    if (isSize(item)) return item;
    const expected = `a tensor's ${what} to be whole numbers of 0 or more`;
    throw new InputError(where, expected, describeValue(item));
  });
}

function isSize(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Checks that every element is in the storage: offset + Σ (size − 1) · stride is the last one. */
function checkWithin(
  { length }: Storage,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
  where: string,
): void {
  const isEmpty = shape.includes(0);
  const last = shape.reduce((at, extent, axis) => at + (extent - 1) * strides[axis]!, offset);
  // Sums past 2^53 are rounded, and larger than any storage.
  if (isEmpty || last < length) return;
  const expected = `a tensor within the ${length} elements of its storage`;
  const got = `shape [${shape.join(", ")}] with strides [${strides.join(", ")}] from element ${offset}`;
  throw new InputError(where, expected, got);
}

/** `("storage", class, key, device, number of elements)` */
function loadStorage(
  id: PickleValue,
  storages: Map<string, Storage>,
  findStorage: (key: string) => Uint8Array | undefined,
  where: string,
): Storage {
  const parts = id instanceof PickleTuple ? id.items : [];
  const [what, type, key, device, length] = parts;
  const dtype = type instanceof PickleGlobal ? storageDtypes.get(type.name) : undefined;
  const isWhole = parts.length === 5 && what === "storage" && typeof device === "string";
  if (!isWhole || !dtype || typeof key !== "string" || !isSize(length)) {
    const expected = "a persistent id of a storage: its class, key, device and length";
    throw new InputError(where, expected, describeValue(id));
  }
  const known = storages.get(key);
  if (known && known.dtype === dtype && known.length === length) return known;
  if (known) {
    const expected = `storage ${excerpt(key)} of ${known.length} ${known.dtype}`;
    throw new InputError(where, expected, `${length} ${dtype}`);
  }
  const bytes = findStorage(key);
  if (!bytes) throw new InputError(where, `${excerpt(`data/${key}`)} in the zip`, "no such file");
  const expectedBytes = length * storedArrays[dtype].BYTES_PER_ELEMENT;
  if (bytes.length !== expectedBytes) {
    const expected = `${expectedBytes} bytes for storage ${excerpt(key)}, ${length} ${dtype}`;
    throw new InputError(where, expected, `${bytes.length}`);
  }
  const storage = new Storage(dtype, length, bytes);
  storages.set(key, storage);
  return storage;
}

function countElements(shape: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((product, extent) => product * extent, 1);
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}
