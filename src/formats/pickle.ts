import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import { opcodes, refusedOpcodes } from "./pickle-opcodes.js";

/** A class or function that a pickle names, `module.name`. It is a name here and nothing else. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

/** What a {@link PickleHost} makes; the unpickler does not look into it. */
export abstract class PickleObject {
  /** For messages: `a tensor`. */
  abstract readonly kind: string;
}

/** A value of which no more is known than what it is: it is passed over. */
export class PickleAside extends PickleObject {
  constructor(readonly kind: string) {
    super();
  }
}

export type PickleKey =
  | string
  | number
  | bigint
  | boolean
  | null
  | PickleTuple
  | PickleGlobal
  | PickleObject;
export type PickleDict = Map<PickleKey, PickleValue>;
export type PickleValue = PickleKey | readonly PickleValue[] | PickleDict;

/** What a pickle's calls mean. */
export interface PickleHost {
  /** What a pickle may hold, for messages. */
  readonly content: string;
  /** Whether a class or function may be named at all. */
  knows(name: string): boolean;
  /** What a call of one of them gives; refuses arguments that do not fit. */
  call(name: string, args: readonly PickleValue[]): PickleValue;
  /** What a persistent id stands for. */
  load(id: PickleValue): PickleValue;
}

/** So many instructions hold the names of some 50,000 tensors. */
const MOST_INSTRUCTIONS = 2 ** 21;

const newestProtocol = 5;
/** What Python 2 called the module of its own functions; protocol 2 keeps that name. */
const oldBuiltins = "__builtin__";
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads a pickle (Python's `pickletools` documents the instructions) of protocol 2 to 5 without executing anything:
 * dictionaries, lists, tuples, strings, numbers, and what the host makes of the few names that it knows. Sets and bytes
 * are passed over: no more is kept of them than what they are. Uses no recursion, and time and memory in proportion to
 * the pickle.
 *
 * @param where the file's name, for messages
 * @throws InputError where a name or an instruction is not among those known, or the pickle is not
 * well formed
 */
export function unpickle(bytes: Uint8Array, where: string, host: PickleHost): PickleValue {
  return new Unpickler(bytes, where, host).run();
}

/** What a value is, for the "got" of a message. */
export function describeValue(value: PickleValue): string {
  if (value === null) return "None";
  if (typeof value === "string") return excerpt(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" || typeof value === "bigint") return describeNumber(value);
  if (value instanceof Map) return "a dictionary";
  if (value instanceof PickleTuple) return "a tuple";
  if (value instanceof PickleGlobal) return value.name;
  if (value instanceof PickleObject) return value.kind;
  return "a list";
}

/** A number of 255 bytes has 600 digits. */
function describeNumber(value: number | bigint): string {
  const digits = String(value);
  return digits.length > 40 ? `${digits.slice(0, 39)}…` : digits;
}

class Unpickler {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #where: string;
  readonly #host: PickleHost;
  readonly #memo = new Map<number, PickleValue>();
  #stack: PickleValue[] = [];
  /** The stacks below each open MARK. */
  readonly #below: PickleValue[][] = [];
  #at = 0;

  constructor(bytes: Uint8Array, where: string, host: PickleHost) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#where = where;
    this.#host = host;
  }

  run(): PickleValue {
    for (let count = 0; count < MOST_INSTRUCTIONS; count++) {
      const opcode = this.#byte();
      if (opcode === opcodes.STOP) return this.#pop();
      this.#step(opcode);
    }
    throw this.#refusal(`at most ${MOST_INSTRUCTIONS} instructions in its pickle`, "more");
  }

  #step(opcode: number): void {
    const value = this.#madeBy(opcode);
    if (value === undefined) this.#act(opcode);
    else this.#stack.push(value);
  }

  /** The value that an instruction puts on the stack, in place of what it takes from there. */
  #madeBy(opcode: number): PickleValue | undefined {
    switch (opcode) {
      case opcodes.NONE:
        return null;
      case opcodes.NEWTRUE:
        return true;
      case opcodes.NEWFALSE:
        return false;
      case opcodes.BININT:
        return this.#view.getInt32(this.#take(4), true);
      case opcodes.BININT1:
        return this.#byte();
      case opcodes.BININT2:
        return this.#view.getUint16(this.#take(2), true);
      case opcodes.LONG1:
        return this.#long(this.#byte());
      case opcodes.BINFLOAT:
        return this.#view.getFloat64(this.#take(8), false);
      case opcodes.SHORT_BINUNICODE:
        return this.#text(this.#byte());
      case opcodes.BINUNICODE:
        return this.#text(this.#uint32());
      case opcodes.BINUNICODE8:
        return this.#text(this.#uint64());
      case opcodes.SHORT_BINSTRING:
        return this.#text(this.#byte());

      case opcodes.SHORT_BINBYTES:
        return this.#passOver("bytes", this.#byte());
      case opcodes.BINBYTES:
        return this.#passOver("bytes", this.#uint32());
      case opcodes.BINBYTES8:
        return this.#passOver("bytes", this.#uint64());
      case opcodes.BYTEARRAY8:
        return this.#passOver("a bytearray", this.#uint64());
      case opcodes.EMPTY_SET:
        return new PickleAside("a set");
      case opcodes.FROZENSET:
        this.#popToMark();
        return new PickleAside("a frozenset");

      case opcodes.EMPTY_LIST:
        return [];
      case opcodes.EMPTY_DICT:
        return new Map();
      case opcodes.EMPTY_TUPLE:
        return new PickleTuple([]);
      case opcodes.TUPLE1:
        return new PickleTuple(this.#popLast(1));
      case opcodes.TUPLE2:
        return new PickleTuple(this.#popLast(2));
      case opcodes.TUPLE3:
        return new PickleTuple(this.#popLast(3));
      case opcodes.TUPLE:
        return new PickleTuple(this.#popToMark());

      case opcodes.BINGET:
        return this.#recall(this.#byte());
      case opcodes.LONG_BINGET:
        return this.#recall(this.#uint32());

      case opcodes.GLOBAL: {
        const module = this.#line();
        return this.#global(module, this.#line());
      }
      case opcodes.STACK_GLOBAL: {
        const [module, name] = this.#popLast(2);
        return this.#global(module!, name!);
      }
      case opcodes.REDUCE: {
        const [callee, args] = this.#popLast(2);
        return this.#call(callee!, args!);
      }
      case opcodes.BUILD: {
        const [object, attributes] = this.#popLast(2);
        return this.#withoutAttributes(object!, attributes!);
      }
      case opcodes.BINPERSID:
        return this.#host.load(this.#pop());

      default:
        return undefined;
    }
  }

  /** What an instruction does that makes no value. */
  #act(opcode: number): void {
    switch (opcode) {
      case opcodes.PROTO:
        this.#checkProtocol(this.#byte());
        break;
      case opcodes.FRAME:
        this.#take(8);
        break;
      case opcodes.MARK:
        this.#below.push(this.#stack);
        this.#stack = [];
        break;
      case opcodes.APPEND:
        this.#append(this.#popLast(1));
        break;
      case opcodes.APPENDS:
        this.#append(this.#popToMark());
        break;
      case opcodes.ADDITEMS:
        this.#popToMark();
        this.#checkSet();
        break;
      case opcodes.SETITEM:
        this.#setItems(this.#popLast(2));
        break;
      case opcodes.SETITEMS:
        this.#setItems(this.#popToMark());
        break;
      case opcodes.BINPUT:
        this.#remember(this.#byte());
        break;
      case opcodes.LONG_BINPUT:
        this.#remember(this.#uint32());
        break;
      case opcodes.MEMOIZE:
        this.#remember(this.#memo.size);
        break;
      default:
        throw this.#unknownOpcode(opcode);
    }
  }

  #checkProtocol(protocol: number): void {
    if (protocol < 2 || protocol > newestProtocol) {
      throw this.#refusal(`a pickle of protocol 2 to ${newestProtocol}`, `protocol ${protocol}`);
    }
  }

  /** A whole number in two's complement, little endian, of up to 255 bytes. */
  #long(length: number): number | bigint {
    const begin = this.#take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[begin + i]!);
    const signed = BigInt.asIntN(length * 8, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  #text(length: number): string {
    const begin = this.#take(length);
    const text = decodeText(this.#bytes.subarray(begin, begin + length));
    if (text === undefined) throw this.#refusal("strings in UTF-8 in its pickle", "other bytes");
    return text;
  }

  #passOver(kind: string, length: number): PickleAside {
    this.#take(length);
    return new PickleAside(kind);
  }

  /** Text up to a line break. */
  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.#endless();
    const text = this.#text(end - this.#at);
    this.#at = end + 1;
    return text;
  }

  #append(items: readonly PickleValue[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#refusal("a list to append to", describeValue(list));
    for (const item of items) list.push(item);
  }

  #checkSet(): void {
    const set = this.#top();
    if (!(set instanceof PickleAside)) throw this.#refusal("a set to add to", describeValue(set));
  }

  /** Sets the keys and values, in turns, of the dictionary on the stack. */
  #setItems(items: readonly PickleValue[]): void {
    const dict = this.#top();
    if (!(dict instanceof Map)) throw this.#refusal("a dictionary to fill", describeValue(dict));
    if (items.length % 2 !== 0) throw this.#refusal("a value for each key", "a key more");
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]!;
      if (!isKey(key)) {
        const expected = "a dictionary's keys to be strings, numbers or tuples";
        throw this.#refusal(expected, describeValue(key));
      }
      if (dict.has(key)) {
        throw this.#refusal("every key of a dictionary once", `${describeValue(key)} twice`);
      }
      dict.set(key, items[i + 1]!);
    }
  }

  #remember(index: number): void {
    this.#memo.set(index, this.#top());
  }

  #recall(index: number): PickleValue {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#refusal(`value ${index} of its memo`, "none");
    return value;
  }

  #global(module: PickleValue, name: PickleValue): PickleGlobal {
    if (typeof module !== "string" || typeof name !== "string") {
      throw this.#refusal("the name of a class", describeValue(name));
    }
    const full = `${module === oldBuiltins ? "builtins" : module}.${name}`;
    if (!this.#host.knows(full)) throw this.#foreign(plain(full));
    return new PickleGlobal(full);
  }

  #call(callee: PickleValue, args: PickleValue): PickleValue {
    if (!(callee instanceof PickleGlobal) || !(args instanceof PickleTuple)) {
      throw this.#refusal("a class and a tuple to call it with", describeValue(callee));
    }
    return this.#host.call(callee.name, args.items);
  }

  /**
   * A dictionary may have attributes, as state dicts have `_metadata`: they are left out. So are those of
   * what is passed over.
   */
  #withoutAttributes(object: PickleValue, attributes: PickleValue): PickleDict | PickleAside {
    if (object instanceof Map && attributes instanceof Map) return object;
    if (object instanceof PickleAside) return object;
    throw this.#refusal("attributes of a dictionary only", `some of ${describeValue(object)}`);
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined) throw this.#refusal("a value on its pickle's stack", "none");
    return value;
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #popLast(count: number): PickleValue[] {
    if (this.#stack.length < count) {
      throw this.#refusal(`${count} values on its pickle's stack`, `${this.#stack.length}`);
    }
    return this.#stack.splice(-count);
  }

  #popToMark(): PickleValue[] {
    const items = this.#stack;
    const below = this.#below.pop();
    if (!below) throw this.#refusal("a mark on its pickle's stack", "none");
    this.#stack = below;
    return items;
  }

  #byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** As a number; one past 2^53 is rounded, and larger than any file. */
  #uint64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true));
  }

  /** Moves on; returns where it was. */
  #take(length: number): number {
    const begin = this.#at;
    if (length > this.#bytes.length - begin) throw this.#endless();
    this.#at = begin + length;
    return begin;
  }

  #endless(): InputError {
    return this.#refusal("its pickle to end with STOP", `${this.#bytes.length} bytes without it`);
  }

  #unknownOpcode(opcode: number): InputError {
    const name = refusedOpcodes.get(opcode);
    return this.#foreign(name ? `the opcode ${name}` : `the byte 0x${opcode.toString(16)}`);
  }

  #foreign(what: string): InputError {
    return this.#refusal(this.#host.content, `${what} in its pickle`);
  }

  #refusal(expected: string, got: string): InputError {
    return new InputError(this.#where, expected, got);
  }
}

/** Lists and dictionaries change, so that Python takes them for no key. */
function isKey(value: PickleValue): value is PickleKey {
  return !Array.isArray(value) && !(value instanceof Map);
}

/**
 * UTF-8 in which half of a surrogate pair may stand alone, in three bytes: Python keeps file names so that are
 * not UTF-8. Undefined where the bytes are neither.
 */
function decodeText(bytes: Uint8Array): string | undefined {
  let text = "";
  let begin = 0;
  try {
    for (let at = bytes.indexOf(0xed); at >= 0; at = bytes.indexOf(0xed, at + 1)) {
      const [second = 0, third = 0] = bytes.subarray(at + 1, at + 3);
      if (second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue;
      const half = 0xd000 | ((second & 0x3f) << 6) | (third & 0x3f);
      text += decoder.decode(bytes.subarray(begin, at)) + String.fromCharCode(half);
      begin = at + 3;
    }
    return text + decoder.decode(bytes.subarray(begin));
  } catch {
    return undefined;
  }
}

/** A name as it is, or as an excerpt where it is long or strange. */
function plain(name: string): string {
  return /^[\w.]{1,60}$/.test(name) ? name : excerpt(name);
}
