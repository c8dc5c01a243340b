import { InputError } from "./errors.js";
import { listed } from "./numbers.js";

// Checks of what callers hand in: they may write plain JavaScript.

/** Refuses options that nobody reads, most often a misspelt name. */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new InputError(where, `options ${known.join(", ")}`, shown(options));
  }
  for (const name in options) {
    if (!known.includes(name))
      throw new InputError(where, `options ${known.join(", ")}`, shownName(name));
  }
}

/** A whole number of `least` or more, or in `least..most`. */
export function checkWhole(
  where: string,
  what: string,
  value: unknown,
  least: number,
  most?: number,
): void {
  if (Number.isSafeInteger(value)) {
    const number = value as number;
    if (number >= least && number <= (most ?? number)) return;
  }
  const range = most === undefined ? `of ${least} or more` : `in ${least}..${most}`;
  throw new InputError(where, `${what} to be a whole number ${range}`, shown(value));
}

/** What a seed of random numbers may be: 32 bits. */
export function checkSeed(where: string, what: string, value: unknown): void {
  checkWhole(where, what, value, 0, 2 ** 32 - 1);
}

/** One of some names. */
export function checkChoice(
  where: string,
  what: string,
  value: unknown,
  choices: readonly string[],
): void {
  if (choices.includes(value as string)) return;
  throw new InputError(where, `${what} to be ${listed(choices, "or")}`, shown(value));
}

/** A name as messages show it: in quotes where it could not be told from the text around it. */
export function shownName(name: string): string {
  return /^\S+$/.test(name) ? name : JSON.stringify(name);
}

/** A value as messages show it: on one line, large ones by what they are. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (ArrayBuffer.isView(value) && "length" in value) {
    return `a ${Object.prototype.toString.call(value).slice(8, -1)} of ${value.length}`;
  }
  return value instanceof Map ? `a Map of ${value.size}` : "an object";
}
