import { InputError } from "../errors.js";
import {
  describeValue,
  PickleAside,
  PickleGlobal,
  type PickleHost,
  PickleTuple,
  type PickleValue,
} from "./pickle.js";
import { isTensorClass, rebuildCalls } from "./pytorch-rebuild.js";
import { isStorageName, Storages } from "./pytorch-storages.js";

type Arguments = readonly PickleValue[];

const content = "only tensors and dictionaries, as torch.save(model.state_dict(), path) writes";

/**
 * Calls whose results are passed over, by what they make: of PyTorch's own list for `weights_only=True`, and
 * NumPy's numbers, in which training scripts keep a best accuracy.
 */
const passedOver: ReadonlyMap<string, string> = new Map([
  ["torch.device", "a device"],
  ["torch.serialization._get_layout", "a layout"],
  ["_codecs.encode", "bytes"],
  ["builtins.bytearray", "a bytearray"],
  ["builtins.set", "a set"],
  ["builtins.complex", "a complex number"],
  ["numpy.dtype", "a NumPy dtype"],
  ["numpy.core.multiarray.scalar", "a NumPy number"],
  ["numpy._core.multiarray.scalar", "a NumPy number"],
]);

/** Names that stand for themselves: how a tensor is quantized, and what a `defaultdict` fills itself with. */
const plainNames: ReadonlySet<string> = new Set([
  ...["per_tensor_affine", "per_tensor_symmetric", "per_channel_affine", "per_channel_symmetric"]
    .concat("per_channel_affine_float_qparams")
    .map((name) => `torch.${name}`),
  ...["bool", "dict", "float", "int", "list", "str", "tuple"].map((name) => `builtins.${name}`),
]);

/**
 * The names that a checkpoint's pickle may hold, and what calls of them make.
 *
 * @param findStorage the bytes of a storage by its key
 */
export function checkpointHost(
  findStorage: (key: string) => Uint8Array | undefined,
  where: string,
): PickleHost {
  const storages = new Storages(findStorage, where);
  const calls = new Map<string, (args: Arguments) => PickleValue>([
    ["collections.OrderedDict", (args) => orderedDict(args, where)],
    ["collections.Counter", (args) => counter(args, where)],
    ["collections.defaultdict", (args) => defaultDict(args, where)],
    ["torch.Size", (args) => size(args, where)],
    ...[...passedOver].map(([name, kind]) => [name, () => new PickleAside(kind)] as const),
    ...rebuildCalls(where),
  ]);
  return {
    content,
    knows: (name) =>
      calls.has(name) || plainNames.has(name) || isStorageName(name) || isTensorClass(name),
    call(name, args) {
      const make = calls.get(name);
      if (!make) throw new InputError(where, content, `a call of ${name}`);
      return make(args);
    },
    load: (id) => storages.load(id),
  };
}

/** `OrderedDict()`, filled afterwards. */
function orderedDict(args: Arguments, where: string): PickleValue {
  if (args.length > 0) {
    throw new InputError(where, "an OrderedDict without arguments", `${args.length} arguments`);
  }
  return new Map();
}

/** `Counter({"a": 2})` */
function counter([counts, ...rest]: Arguments, where: string): PickleValue {
  if (counts === undefined) return new Map();
  if (!(counts instanceof Map) || rest.length > 0) {
    throw new InputError(where, "a Counter of a dictionary", describeValue(counts));
  }
  return new Map(counts);
}

/** `defaultdict(list)`, filled afterwards. */
function defaultDict([factory = null, ...rest]: Arguments, where: string): PickleValue {
  const isPlain = factory instanceof PickleGlobal && plainNames.has(factory.name);
  if ((factory !== null && !isPlain) || rest.length > 0) {
    throw new InputError(where, "a defaultdict of a type of Python's", describeValue(factory));
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
