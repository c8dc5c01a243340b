import { InputError } from "./errors.js";
import { listed } from "./numbers.js";

// Checks of arguments at run time: callers may write plain JavaScript, which no compiler checks.

/** A list of names that lacks none of those that options may have by their type; `tsc` shows the ones that it lacks. */
type Complete<Options, Names extends readonly string[]> = [
  Exclude<keyof Options, Names[number]>,
] extends [never]
  ? Names
  : { readonly missing: Exclude<keyof Options, Names[number]> };

/**
 * Refuses options whose names are unknown, most often misspelt.
 *
 * @param known the names of all options
 * @throws InputError that lists the known names
 */
export function checkOptions<Options extends object, const Names extends readonly string[]>(
  where: string,
  options: Options,
  known: Names & Complete<Options, Names>,
): void {
  if (typeof options !== "object" || options === null) {
    throw new InputError(where, `options ${known.join(", ")}`, shown(options));
  }
  for (const name in options) {
    if (!known.includes(name))
      throw new InputError(where, `options ${known.join(", ")}`, shownName(name));
  }
}

/**
 * Checks that a value is a whole number in `least..most`.
 *
 * @param most default: no upper limit
 * @throws InputError where it is not
 */
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

/** Checks a seed of random numbers: a whole number in 0 .. 2³² − 1. */
export function checkSeed(where: string, what: string, value: unknown): void {
  checkWhole(where, what, value, 0, 2 ** 32 - 1);
}

/** Checks that a value is one of the choices. */
export function checkChoice(
  where: string,
  what: string,
  value: unknown,
  choices: readonly string[],
): void {
  if (choices.includes(value as string)) return;
  throw new InputError(where, `${what} to be ${listed(choices, "or")}`, shown(value));
}

/** Checks that a value is a function. @param what the option and what the function does */
export function checkFunction(where: string, what: string, value: unknown): void {
  if (typeof value !== "function") {
    throw new InputError(where, `${what} to be a function`, shown(value));
  }
}

/** Checks that a value is a list. @param what the option and what the list holds */
export function checkList(where: string, what: string, value: unknown): void {
  if (!Array.isArray(value)) throw new InputError(where, `${what}, a list`, shown(value));
}

/** A name as messages show it: in quotes where it is empty or holds spaces. */
export function shownName(name: string): string {
  return /^\S+$/.test(name) ? name : JSON.stringify(name);
}

/** A value as messages show it, on one line: lists and objects by their type and size. */
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
