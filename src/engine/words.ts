import { type KernelName, kernelNames, wordNames } from "../graph/kernel-calls.js";

/** The word that ends a list of calls. */
const END = 0;

/** Opcodes, the first word of a call: the kernel's position in the table, from 1. */
const opcodes = new Map(kernelNames.map((name, index) => [name, index + 1]));

/** Words of the longest call, with the end of the list. */
export const LONGEST_CALL = Math.max(
  ...kernelNames.map((name) => 1 + Object.values(wordNames(name)).flat().length + 1),
);

/** The words of a call in the order of the table of kernel calls, 32 bits each, without the opcode. */
export function encodeWords(
  kernel: KernelName,
  words: Readonly<Record<string, number | undefined>>,
): number[] {
  const { pointers, integers, floats } = wordNames(kernel);
  const known = [...pointers, ...integers, ...floats];
  // The compiler does not check the names in objects that are spread into the words.
  const strange = Object.keys(words).filter((name) => !known.includes(name));
  if (strange.length > 0) throw new Error(`plan: ${kernel} has no word ${strange.join(", ")}`);
  const missing = known.filter((name) => words[name] === undefined);
  if (missing.length > 0) throw new Error(`plan: ${kernel} lacks ${missing.join(", ")}`);
  return [
    ...[...pointers, ...integers].map((name) => wholeWord(kernel, name, words[name]!)),
    ...floats.map((name) => floatBits(words[name]!)),
  ];
}

function wholeWord(kernel: KernelName, name: string, value: number): number {
  if (Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 32) return value;
  throw new Error(`plan: ${kernel} takes 32 bits as ${name}, got ${value}`);
}

/** The words of calls as the interpreter reads them: opcode, words, opcode, … and 0. */
export function wordsOf(
  calls: readonly { readonly kernel: KernelName; readonly words: readonly number[] }[],
): number[] {
  return [...calls.flatMap(({ kernel, words }) => [opcodes.get(kernel)!, ...words]), END];
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The bits of a float32 as an integer. Allocates nothing, as it is called before each command. */
export function floatBits(value: number): number {
  float[0] = value;
  return bits[0]!;
}
