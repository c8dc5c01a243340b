import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import {
  describeValue,
  PickleAside,
  PickleGlobal,
  PickleTuple,
  type PickleValue,
} from "./pickle.js";
import { isSize, readDtype, Storage, UnreadStorage } from "./pytorch-storages.js";
import { negatable, StridedTensor } from "./pytorch-tensors.js";
import type { StoredDtype } from "./stored-tensor.js";

type Arguments = readonly PickleValue[];

/** As many dimensions as PyTorch's own operations take. */
const MOST_DIMENSIONS = 64;

/** Attributes of a tensor that are its values, or what they mean. */
const valueAttributes = ["data", "real", "imag", "__class__"];

const tensorClasses: ReadonlySet<string> = new Set([
  "torch.Tensor",
  "torch._tensor.Tensor",
  "torch.nn.parameter.Parameter",
]);

/** Whether this is a class that a tensor may be turned into. */
export function isTensorClass(name: string): boolean {
  return tensorClasses.has(name);
}

/**
 * The calls by which PyTorch's pickles make tensors, by their names in `torch._utils` and `torch._tensor`. Each
 * argument is understood, or refused. Tensors that are not read (sparse, quantized, complex and so on) are passed
 * over.
 */
export function rebuildCalls(where: string): ReadonlyMap<string, (args: Arguments) => PickleValue> {
  const utils = "torch._utils";
  const calls = new Map<string, (args: Arguments) => PickleValue>([
    [`${utils}._rebuild_tensor`, (args) => rebuildTensor(args, where)],
    [`${utils}._rebuild_tensor_v2`, (args) => rebuildTensorV2(args, where)],
    [`${utils}._rebuild_tensor_v3`, (args) => rebuildTensorV3(args, where)],
    [`${utils}._rebuild_parameter`, (args) => rebuildParameter(args, where)],
    [`${utils}._rebuild_parameter_with_state`, (args) => rebuildWithState(args, where)],
    [`${utils}._rebuild_device_tensor_from_cpu_tensor`, (args) => rebuildDeviceTensor(args, where)],
    [`${utils}._rebuild_sparse_tensor`, () => new PickleAside("a sparse tensor")],
    [`${utils}._rebuild_qtensor`, () => new PickleAside("a quantized tensor")],
    [`${utils}._rebuild_nested_tensor`, () => new PickleAside("a nested tensor")],
    [`${utils}._rebuild_meta_tensor_no_storage`, () => new PickleAside("a tensor without values")],
    [`${utils}._rebuild_wrapper_subclass`, () => new PickleAside("a tensor of another class")],
    [`${utils}._rebuild_device_tensor_from_numpy`, () => new PickleAside("a NumPy tensor")],
  ]);
  const plain = new Map(calls);
  calls.set("torch._tensor._rebuild_from_type_v2", (args) => rebuildFromType(args, plain, where));
  return calls;
}

/** `_rebuild_tensor(storage, storage_offset, size, stride)` */
function rebuildTensor(args: Arguments, where: string): PickleValue {
  checkCount(args, [4], "a tensor", where);
  const [storage] = args;
  return viewOf(args, ownDtype(storage!, where), null, where);
}

/**
 * `_rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, backward_hooks)`, with
 * `metadata` behind it in newer versions.
 */
function rebuildTensorV2(args: Arguments, where: string): PickleValue {
  checkCount(args, [6, 7], "a tensor", where);
  const [storage, , , , requiresGrad, hooks, metadata = null] = args;
  checkTraining(requiresGrad!, hooks!, where);
  return viewOf(args, ownDtype(storage!, where), metadata, where);
}

/**
 * `_rebuild_tensor_v3(storage, storage_offset, size, stride, requires_grad, backward_hooks, dtype)`, with
 * `metadata` behind it in newer versions: the storage's bytes are read as elements of that type.
 */
function rebuildTensorV3(args: Arguments, where: string): PickleValue {
  checkCount(args, [7, 8], "a tensor", where);
  const [, , , , requiresGrad, hooks, type, metadata = null] = args;
  checkTraining(requiresGrad!, hooks!, where);
  return viewOf(args, readDtype(type!, where), metadata, where);
}

/** `_rebuild_parameter(tensor, requires_grad, backward_hooks)` */
function rebuildParameter(args: Arguments, where: string): PickleValue {
  checkCount(args, [3], "a parameter", where);
  const [tensor, requiresGrad, hooks] = args;
  checkTraining(requiresGrad!, hooks!, where);
  return tensorOf(tensor!, "a parameter", where);
}

/** `_rebuild_parameter_with_state(tensor, requires_grad, backward_hooks, state)` */
function rebuildWithState(args: Arguments, where: string): PickleValue {
  checkCount(args, [4], "a parameter", where);
  checkState(args[3]!, where);
  return rebuildParameter(args.slice(0, 3), where);
}

/** `_rebuild_device_tensor_from_cpu_tensor(tensor, dtype, device, requires_grad)` */
function rebuildDeviceTensor(args: Arguments, where: string): PickleValue {
  checkCount(args, [4], "a device's tensor", where);
  const [value, type, , requiresGrad] = args;
  checkRequiresGrad(requiresGrad!, where);
  const tensor = tensorOf(value!, "a device's tensor", where);
  const dtype = readDtype(type!, where);
  if (tensor instanceof PickleAside || tensor.dtype === dtype) return tensor;
  return new PickleAside("a tensor to be converted to another dtype");
}

/** `_rebuild_from_type_v2(function, class, arguments, state)` */
function rebuildFromType(
  args: Arguments,
  calls: ReturnType<typeof rebuildCalls>,
  where: string,
): PickleValue {
  checkCount(args, [4], "a tensor with attributes", where);
  const [callee, type, inner, state] = args;
  const rebuild = callee instanceof PickleGlobal ? calls.get(callee.name) : undefined;
  if (!rebuild || !(inner instanceof PickleTuple)) {
    const expected = "a tensor with attributes to be made by a function of torch._utils";
    throw new InputError(where, expected, describeValue(callee!));
  }
  if (!(type instanceof PickleGlobal) || !isTensorClass(type.name)) {
    const expected = "a tensor with attributes to be a Tensor or Parameter";
    throw new InputError(where, expected, describeValue(type!));
  }
  checkState(state!, where);
  return rebuild(inner.items);
}

function checkCount(args: Arguments, counts: readonly number[], what: string, where: string): void {
  if (counts.includes(args.length)) return;
  throw new InputError(where, `${counts.join(" or ")} arguments of ${what}`, `${args.length}`);
}

/** The tensor, or the one that is passed over, that another is made of. */
function tensorOf(value: PickleValue, what: string, where: string): StridedTensor | PickleAside {
  if (value instanceof StridedTensor || value instanceof PickleAside) return value;
  throw new InputError(where, `${what} made of a tensor`, describeValue(value));
}

function checkTraining(requiresGrad: PickleValue, hooks: PickleValue, where: string): void {
  checkRequiresGrad(requiresGrad, where);
  if (hooks === null || (hooks instanceof Map && hooks.size === 0)) return;
  const got = hooks instanceof Map ? `${hooks.size}` : describeValue(hooks);
  throw new InputError(where, "a tensor without backward hooks", got);
}

function checkRequiresGrad(value: PickleValue, where: string): void {
  if (typeof value === "boolean") return;
  const expected = "a tensor's requires_grad to be True or False";
  throw new InputError(where, expected, describeValue(value));
}

/** `{"neg": bool, "conj": bool}`; a real tensor has no conjugate. */
function negBit(metadata: PickleValue, where: string): boolean {
  if (metadata === null) return false;
  if (!(metadata instanceof Map)) {
    const expected = "a tensor's metadata to be a dictionary";
    throw new InputError(where, expected, describeValue(metadata));
  }
  for (const [name, value] of metadata) {
    if ((name !== "neg" && name !== "conj") || typeof value !== "boolean") {
      const expected = "a tensor's metadata to be neg and conj, True or False";
      throw new InputError(where, expected, `${describeValue(name)}: ${describeValue(value)}`);
    }
  }
  if (metadata.get("conj") === true) {
    throw new InputError(where, "a tensor without its conj bit set", "True");
  }
  return metadata.get("neg") === true;
}

/** Python attributes of a tensor, `None`, a dictionary or a pair of them, mean nothing here. */
function checkState(state: PickleValue, where: string): void {
  const parts = state instanceof PickleTuple ? state.items : [state];
  const isWhole = parts.length <= 2 && parts.every((part) => part === null || part instanceof Map);
  if (!isWhole) {
    const expected = "a tensor's attributes to be a dictionary";
    throw new InputError(where, expected, describeValue(state));
  }
  for (const part of parts) {
    const name = valueAttributes.find((each) => part instanceof Map && part.has(each));
    if (name === undefined) continue;
    throw new InputError(where, "a tensor's attributes to leave its values alone", excerpt(name));
  }
}

function ownDtype(storage: PickleValue, where: string): StoredDtype | { unread: string } {
  if (storage instanceof Storage) return storage.dtype;
  if (storage instanceof UnreadStorage) return { unread: storage.dtype };
  throw new InputError(where, "a tensor of a storage", `one of ${describeValue(storage)}`);
}

/** The tensor with the first four arguments of every such call: storage, offset, size, stride. */
function viewOf(
  [storage, offset, shape, strides]: Arguments,
  dtype: StoredDtype | { unread: string },
  metadata: PickleValue,
  where: string,
): PickleValue {
  ownDtype(storage!, where);
  if (typeof dtype !== "string") return new PickleAside(`a tensor of ${dtype.unread}`);
  if (!(storage instanceof Storage)) return new PickleAside("a tensor of another type's storage");
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
  const isNegated = negBit(metadata, where);
  if (isNegated && !negatable.has(dtype)) {
    throw new InputError(where, `a tensor of ${dtype} without its neg bit set`, "True");
  }
  checkWithin(storage.lengthAs(dtype), offset, sizes, steps, where);
  return new StridedTensor({ storage, dtype, offset, shape: sizes, strides: steps, isNegated });
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

/** Checks that every element is in the storage: offset + Σ (size − 1) · stride is the last one. */
function checkWithin(
  length: number,
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
