import { opcodes, refusedOpcodes } from "../../../dist/formats/pickle-opcodes.js";
import { writeNumber } from "./byte-mutants.js";

const known = Object.values(opcodes);
const refused = [...refusedOpcodes.keys()];

/** Names that a pickle may hold, and some that it must not. */
const globals = [
  "collections\nOrderedDict",
  "torch._utils\n_rebuild_tensor_v2",
  "torch._utils\n_rebuild_parameter",
  "torch._utils\n_rebuild_tensor",
  "torch._utils\n_rebuild_tensor_v3",
  "torch._utils\n_rebuild_parameter_with_state",
  "torch._utils\n_rebuild_device_tensor_from_cpu_tensor",
  "torch._utils\n_rebuild_sparse_tensor",
  "torch._utils\n_rebuild_qtensor",
  "torch._utils\n_rebuild_wrapper_subclass",
  "torch._tensor\n_rebuild_from_type_v2",
  "torch\nTensor",
  "torch.nn.parameter\nParameter",
  "torch.storage\nUntypedStorage",
  "torch\nComplexFloatStorage",
  "torch\ndevice",
  "torch\nbool",
  "torch\nuint16",
  "torch\nfloat64",
  "torch\nfloat8_e5m2",
  "torch\ncomplex64",
  "collections\nCounter",
  "collections\ndefaultdict",
  "__builtin__\nset",
  "__builtin__\nlist",
  "_codecs\nencode",
  "numpy\ndtype",
  "torch\nFloatStorage",
  "torch\nDoubleStorage",
  "torch\nBoolStorage",
  "torch\nHalfStorage",
  "torch\nSize",
  "torch\nfloat16",
  "os\nsystem",
  "builtins\neval",
  "__proto__\nconstructor",
  "torch\n",
];

const texts = [
  "neg",
  "conj",
  "data",
  "",
  "0",
  "1",
  "storage",
  "cpu",
  "w",
  "__proto__",
  "constructor",
  "a\nb",
  "\u2028",
  "ü",
];

/** Bytes of an instruction's argument: a number, or how its length is written. */
const fixed = new Map([
  [opcodes.PROTO, 1],
  [opcodes.FRAME, 8],
  [opcodes.BININT, 4],
  [opcodes.BININT1, 1],
  [opcodes.BININT2, 2],
  [opcodes.BINFLOAT, 8],
  [opcodes.BINPUT, 1],
  [opcodes.LONG_BINPUT, 4],
  [opcodes.BINGET, 1],
  [opcodes.LONG_BINGET, 4],
]);
const counted = new Map([
  [opcodes.LONG1, 1],
  [opcodes.SHORT_BINUNICODE, 1],
  [opcodes.BINUNICODE, 4],
  [opcodes.BINUNICODE8, 8],
  [opcodes.SHORT_BINSTRING, 1],
  [opcodes.SHORT_BINBYTES, 1],
  [opcodes.BINBYTES, 4],
  [opcodes.BINBYTES8, 8],
  [opcodes.BYTEARRAY8, 8],
]);
const integers = [opcodes.BININT, opcodes.BININT1, opcodes.BININT2];

/** Changes whole instructions of a pickle: their order, numbers, names and texts. */
export function mutatePickle(pickle, random, others) {
  let tokens = split(pickle);
  for (let count = random.few(); count > 0 && tokens.length > 0; count--) {
    tokens = random.pick(changes)(tokens, random, others);
  }
  return Buffer.concat(tokens);
}

const changes = [
  changeInteger,
  changeInteger,
  changeInteger,
  changeInteger,
  (tokens, random) => replaceOne(tokens, random, Buffer.from([random.pick(known)])),
  (tokens, random) => replaceOne(tokens, random, Buffer.from([random.pick(refused)])),
  (tokens, random) => replaceOne(tokens, random, globalToken(random)),
  (tokens, random) => replaceOne(tokens, random, textToken(random.pick(texts))),
  (tokens, random) => replaceOne(tokens, random, integerToken(random.edge())),
  (tokens, random) => replaceSame(tokens, random, opcodes.GLOBAL, globalToken(random)),
  (tokens, random) =>
    replaceSame(tokens, random, opcodes.BINUNICODE, textToken(random.pick(texts))),
  (tokens, random) => insert(tokens, random, [Buffer.from([random.pick(known)])]),
  (tokens, random) => insert(tokens, random, piece(tokens, random)),
  (tokens, random, others) => insert(tokens, random, piece(split(random.pick(others)), random)),
  (tokens, random) => insert(tokens, random, repeat(piece(tokens, random), random)),
  (tokens, random) => tokens.toSpliced(random.below(tokens.length), 1 + random.below(4)),
  (tokens, random) => swap(tokens, random),
  (tokens, random) => tokens.slice(0, random.below(tokens.length)),
  changeLength,
];

/** The instructions, each with its argument; what is none is left in one piece. */
function split(pickle) {
  const bytes = Buffer.from(pickle);
  const tokens = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + tokenLength(bytes, at));
    tokens.push(bytes.subarray(at, end));
    at = end;
  }
  return tokens;
}

function tokenLength(bytes, at) {
  const opcode = bytes[at];
  if (opcode === opcodes.GLOBAL) {
    const module = bytes.indexOf(10, at);
    return module < 0 ? 1 : Math.max(1, bytes.indexOf(10, module + 1) + 1 - at);
  }
  const width = counted.get(opcode);
  if (width === undefined) return 1 + (fixed.get(opcode) ?? 0);
  if (at + 1 + width > bytes.length) return bytes.length - at;
  return 1 + width + bytes.readUIntLE(at + 1, Math.min(width, 6));
}

function changeInteger(tokens, random) {
  const places = tokens.flatMap((token, index) => (integers.includes(token[0]) ? [index] : []));
  if (places.length === 0) return tokens;
  const place = random.pick(places);
  const token = tokens[place];
  const near = token.length > 1 ? token.readUIntLE(1, token.length - 1) : 0;
  return tokens.with(place, integerToken(random.edge(near), random.chance(0.1)));
}

/** A number in the shortest form that takes it. */
function integerToken(value, negative = false) {
  if (negative) return token(opcodes.BININT, 4, 2n ** 32n - BigInt(value % 2 ** 31));
  if (value < 2 ** 8) return token(opcodes.BININT1, 1, value);
  if (value < 2 ** 16) return token(opcodes.BININT2, 2, value);
  if (value < 2 ** 31) return token(opcodes.BININT, 4, value);
  const long = Buffer.alloc(11);
  long.set([opcodes.LONG1, 9]);
  writeNumber(long, 2, 9, value);
  if (value >= 2 ** 63) return long;
  long[1] = 8;
  return long.subarray(0, 10);
}

function token(opcode, width, value) {
  const bytes = Buffer.alloc(1 + width);
  bytes[0] = opcode;
  writeNumber(bytes, 1, width, value);
  return bytes;
}

function globalToken(random) {
  return Buffer.from(`c${random.pick(globals)}\n`);
}

function textToken(text) {
  const bytes = Buffer.from(text);
  return Buffer.concat([token(opcodes.BINUNICODE, 4, bytes.length), bytes]);
}

function replaceOne(tokens, random, replacement) {
  return tokens.with(random.below(tokens.length), replacement);
}

/** Replaces one of the instructions with this opcode. */
function replaceSame(tokens, random, opcode, replacement) {
  const places = tokens.flatMap((each, index) => (each[0] === opcode ? [index] : []));
  return places.length === 0 ? tokens : tokens.with(random.pick(places), replacement);
}

function insert(tokens, random, inserted) {
  return tokens.toSpliced(random.below(tokens.length + 1), 0, ...inserted);
}

function piece(tokens, random) {
  const begin = random.below(tokens.length);
  return tokens.slice(begin, begin + 1 + random.below(12));
}

function repeat(tokens, random) {
  const times = 2 + random.below(random.chance(0.02) ? 5000 : 20);
  return Array.from({ length: times }, () => tokens).flat();
}

function swap(tokens, random) {
  const [a, b] = [random.below(tokens.length), random.below(tokens.length)];
  return tokens.with(a, tokens[b]).with(b, tokens[a]);
}

/** A text's or number's length that is not its own. */
function changeLength(tokens, random) {
  const places = tokens.flatMap((each, index) => (counted.has(each[0]) ? [index] : []));
  if (places.length === 0) return tokens;
  const place = random.pick(places);
  const changed = Buffer.from(tokens[place]);
  const width = counted.get(changed[0]);
  if (changed.length > width) writeNumber(changed, 1, width, random.edge(changed.length));
  return tokens.with(place, changed);
}
