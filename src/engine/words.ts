import { type KernelName, kernelNames, wordNames } from "../graph/kernel-calls.js";

/** The word that ends a list of calls. */
const END = 0;

/** The word that a kernel's calls begin with: its position in the table, from 1. */
const opcodes = new Map(kernelNames.map((name, index) => [name, index + 1]));

/** Words of the longest call, the end of the list included. */
export const LONGEST_CALL = Math.max(
  ...kernelNames.map((name) => 1 + Object.values(wordNames(name)).flat().length + 1),
);

/** A kernel's words as a plan holds them: in the table's order, 32 bits each. */
export function encodeWords(
  kernel: KernelName,
  words: Readonly<Record<string, number | undefined>>,
): number[] {
  const { pointers, integers, floats } = wordNames(kernel);
  const known = [...pointers, ...integers, ...floats];
  // The compiler sees what is written in place, but not what is spread into it.
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

/** Calls as the interpreter reads them. */
export function wordsOf(
  calls: readonly { readonly kernel: KernelName; readonly words: readonly number[] }[],
): number[] {
  return [...calls.flatMap(({ kernel, words }) => [opcodes.get(kernel)!, ...words]), END];
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The bits of a float32 as an integer. Allocates nothing, as it runs before each command. */
export function floatBits(value: number): number {
  float[0] = value;
  return bits[0]!;
}
