import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import {
  describeValue,
  PickleGlobal,
  PickleObject,
  PickleTuple,
  type PickleValue,
} from "./pickle.js";
import { type StoredDtype, type StoredTensor, storedArrays } from "./stored-tensor.js";

/** The element types that are read, by PyTorch's names. */
const dtypes: ReadonlyMap<string, StoredDtype> = new Map([
  ["float64", "F64"],
  ["float32", "F32"],
  ["float16", "F16"],
  ["bfloat16", "BF16"],
  ["float8_e4m3fn", "F8_E4M3"],
  ["float8_e5m2", "F8_E5M2"],
  ["float8_e4m3fnuz", "F8_E4M3FNUZ"],
  ["float8_e5m2fnuz", "F8_E5M2FNUZ"],
  ["float8_e8m0fnu", "F8_E8M0"],
  ["int64", "I64"],
  ["int32", "I32"],
  ["int16", "I16"],
  ["int8", "I8"],
  ["uint64", "U64"],
  ["uint32", "U32"],
  ["uint16", "U16"],
  ["uint8", "U8"],
  ["bool", "BOOL"],
]);

/** The element types whose tensors are passed over, and refused among the weights. */
const unreadDtypes: ReadonlySet<string> = new Set([
  ...["complex32", "complex64", "complex128", "float4_e2m1fn_x2"],
  ...["qint8", "quint8", "qint32", "quint4x2", "quint2x4"],
  ...["bits1x8", "bits2x4", "bits4x2", "bits8", "bits16"],
  ...[1, 2, 3, 4, 5, 6, 7].flatMap((bits) => [`int${bits}`, `uint${bits}`]),
]);

/** The element type that each storage class has, by PyTorch's names. */
const storageClasses: ReadonlyMap<string, string> = new Map([
  ...(
    [
      ["Double", "float64"],
      ["Float", "float32"],
      ["Half", "float16"],
      ["BFloat16", "bfloat16"],
      ["Long", "int64"],
      ["Int", "int32"],
      ["Short", "int16"],
      ["Char", "int8"],
      ["Byte", "uint8"],
      ["Bool", "bool"],
      ["ComplexDouble", "complex128"],
      ["ComplexFloat", "complex64"],
      ["QInt8", "qint8"],
      ["QUInt8", "quint8"],
      ["QInt32", "qint32"],
      ["QUInt4x2", "quint4x2"],
      ["QUInt2x4", "quint2x4"],
    ] as const
  ).flatMap(([name, dtype]): [string, string][] => [
    [`torch.${name}Storage`, dtype],
    [`torch.cuda.${name}Storage`, dtype],
  ]),
  ["torch.storage.UntypedStorage", "uint8"],
]);

/** The bytes that tensors are views of. */
export class Storage extends PickleObject {
  readonly kind = "a storage";
  readonly #bytes: Uint8Array;
  readonly #elements = new Map<StoredDtype, StoredTensor["values"]>();

  constructor(
    readonly dtype: StoredDtype,
    /** Number of elements of that type. */
    readonly length: number,
    bytes: Uint8Array,
  ) {
    super();
    this.#bytes = bytes;
  }

  /** How many whole elements of a type there are. */
  lengthAs(dtype: StoredDtype): number {
    return Math.floor(this.#bytes.length / storedArrays[dtype].BYTES_PER_ELEMENT);
  }

  /** A copy, made once per type, because a typed array must start at a multiple of its element size. */
  elementsAs(dtype: StoredDtype): StoredTensor["values"] {
    const known = this.#elements.get(dtype);
    if (known) return known;
    const { BYTES_PER_ELEMENT: width } = storedArrays[dtype];
    const whole = this.#bytes.subarray(0, this.lengthAs(dtype) * width);
    const elements = new storedArrays[dtype](new Uint8Array(whole).buffer);
    this.#elements.set(dtype, elements);
    return elements;
  }
}

/** A storage of elements that are not read, such as complex numbers. */
export class UnreadStorage extends PickleObject {
  readonly kind = "a storage";

  constructor(readonly dtype: string) {
    super();
  }
}

/** Whether this is the name of a storage class or an element type. */
export function isStorageName(name: string): boolean {
  return storageClasses.has(name) || isDtype(name);
}

function isDtype(name: string): boolean {
  const dtype = name.replace(/^torch\./, "");
  return dtype !== name && (dtypes.has(dtype) || unreadDtypes.has(dtype));
}

/**
 * The element type that a value names: one that is read, or the name of one that is not.
 *
 * @throws InputError where the value is none
 */
export function readDtype(value: PickleValue, where: string): StoredDtype | { unread: string } {
  if (!(value instanceof PickleGlobal) || !isDtype(value.name)) {
    throw new InputError(where, "a tensor's dtype to be one of torch's", describeValue(value));
  }
  const name = value.name.slice("torch.".length);
  return dtypes.get(name) ?? { unread: name };
}

/** Makes storages of what stands for them in a pickle; each key gives the same storage again. */
export class Storages {
  readonly #known = new Map<string, Storage>();

  /** @param find the bytes of a storage by its key */
  constructor(
    private readonly find: (key: string) => Uint8Array | undefined,
    private readonly where: string,
  ) {}

  /** `("storage", class, key, device, number of elements)` */
  load(id: PickleValue): Storage | UnreadStorage {
    const parts = id instanceof PickleTuple ? id.items : [];
    const [what, type, key, device, length] = parts;
    const className = type instanceof PickleGlobal ? type.name : "";
    const torchDtype = storageClasses.get(className);
    const isWhole = parts.length === 5 && what === "storage" && typeof device === "string";
    if (!isWhole || torchDtype === undefined || typeof key !== "string" || !isSize(length)) {
      const expected = "a persistent id of a storage: its class, key, device and length";
      throw new InputError(this.where, expected, describeValue(id));
    }
    const dtype = dtypes.get(torchDtype);
    if (dtype === undefined) return new UnreadStorage(torchDtype);
    const known = this.#known.get(key);
    if (known?.dtype === dtype && known.length === length) return known;
    if (known) {
      const expected = `storage ${excerpt(key)} of ${known.length} ${known.dtype}`;
      throw new InputError(this.where, expected, `${length} ${dtype}`);
    }
    const storage = new Storage(dtype, length, this.#bytesOf(key, dtype, length));
    this.#known.set(key, storage);
    return storage;
  }

  #bytesOf(key: string, dtype: StoredDtype, length: number): Uint8Array {
    const bytes = this.find(key);
    if (!bytes) {
      throw new InputError(this.where, `${excerpt(`data/${key}`)} in the zip`, "no such file");
    }
    const size = length * storedArrays[dtype].BYTES_PER_ELEMENT;
    if (bytes.length !== size) {
      const expected = `${size} bytes for storage ${excerpt(key)}, ${length} ${dtype}`;
      throw new InputError(this.where, expected, `${bytes.length}`);
    }
    return bytes;
  }
}

/** Whether this is a whole number of 0 or more. */
export function isSize(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
