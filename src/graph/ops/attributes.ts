import { InputError } from "../../errors.js";
import type { Shape } from "../graph.js";

/** What one attribute of an op may be. */
export interface AttributeRule<T> {
  /** The allowed values, in words that follow the attribute's name in errors: `to be true or false`. */
  readonly allowed: string;
  allows(value: unknown): value is T;
  /** Value of a missing attribute, as in a graph from before it existed. */
  readonly default?: T;
  /** Whether graphs leave the attribute out where it has its default, so that older graphs keep their hash. */
  readonly isLater?: true;
}

/** One rule per attribute: a missing or superfluous rule does not compile. */
export type AttributeRules<A> = { readonly [Name in keyof A]-?: AttributeRule<A[Name]> };

/** A whole number of `least` or more, and of `most` or less where that is given. */
export function wholeNumber(least: number, most = Number.POSITIVE_INFINITY): AttributeRule<number> {
  const range =
    most === Number.POSITIVE_INFINITY ? `of ${least} or more` : `from ${least} to ${most}`;
  return {
    allowed: `to be a whole number ${range}`,
    allows: (value): value is number => isWhole(value) && value >= least && value <= most,
  };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** Probability of dropping a value or channel; below 1, as the others are divided by 1 − p. */
export const dropProbability: AttributeRule<number> = {
  allowed: "in [0, 1)",
  allows: (value): value is number => typeof value === "number" && value >= 0 && value < 1,
};

/** A number that stays finite when kernels take it, as float32. */
export const finiteNumber: AttributeRule<number> = {
  allowed: "to be a finite number in float32's range",
  allows: (value): value is number =>
    typeof value === "number" && Number.isFinite(Math.fround(value)),
};

/** A finite number of `least` or more, and of `most` or less where that is given. */
export function numberIn(least: number, most = Number.POSITIVE_INFINITY): AttributeRule<number> {
  const range =
    most === Number.POSITIVE_INFINITY
      ? `finite number of ${least} or more`
      : `number from ${least} to ${most}`;
  return {
    allowed: `to be a ${range}`,
    allows: (value): value is number =>
      typeof value === "number" && Number.isFinite(value) && value >= least && value <= most,
  };
}

export const boolean: AttributeRule<boolean> = {
  allowed: "to be true or false",
  allows: (value): value is boolean => typeof value === "boolean",
};

export const text: AttributeRule<string> = {
  allowed: "to be text",
  allows: (value): value is string => typeof value === "string",
};

export function oneOf<T extends string>(...values: readonly T[]): AttributeRule<T> {
  return {
    allowed: `to be ${values.join(" or ")}`,
    allows: (value): value is T => values.some((each) => each === value),
  };
}

/** Shape of a tensor with any number of axes, also `[]`. */
export const shape: AttributeRule<Shape> = {
  allowed: "to be a list of whole numbers of 1 or more",
  allows: (value): value is Shape =>
    Array.isArray(value) && value.every((extent) => isWhole(extent) && extent >= 1),
};

export const fraction: AttributeRule<number> = {
  allowed: "to be a number from 0 to 1",
  allows: (value): value is number => typeof value === "number" && value >= 0 && value <= 1,
};

/** Numbers that stay finite when kernels take them, as float32. */
export const numbers: AttributeRule<readonly number[]> = {
  allowed: "to be a list of finite numbers in float32's range",
  allows: (value): value is readonly number[] =>
    Array.isArray(value) && value.every((each) => finiteNumber.allows(each)),
};

/** Weights that are 0 or more, and numbers of float32. */
export const weights: AttributeRule<readonly number[]> = {
  allowed: "to be a list of numbers of 0 or more",
  allows: (value): value is readonly number[] =>
    Array.isArray(value) &&
    value.every((each) => Number.isFinite(Math.fround(each)) && Number(each) >= 0),
};

/** The same rule for an attribute that may be missing; stored in every graph, also where it has its default. */
export function withDefault<T>(rule: AttributeRule<T>, value: T): AttributeRule<T> {
  return { ...rule, default: value };
}

/**
 * A rule for an attribute that may be missing, as in graphs from before it existed. Graphs are stored without it where it
 * has its default, so that they keep their hash.
 *
 * @param value the default; without one the attribute stays missing
 */
export function later<T>(rule: AttributeRule<T>, value: T): AttributeRule<T>;
export function later<T>(rule: AttributeRule<T>): AttributeRule<T | undefined>;
export function later<T>(rule: AttributeRule<T>, value?: T): AttributeRule<T | undefined> {
  const allows = (given: unknown): given is T | undefined => given === value || rule.allows(given);
  return { ...rule, allows, default: value, isLater: true };
}

/** Without attributes that were added later and have their default: as graphs are stored. */
export function storedAttributes<A extends object>(
  rules: AttributeRules<A>,
  attributes: A,
): Partial<A> {
  const entries = Object.entries(attributes).filter(([name, value]) => {
    const rule = rules[name as keyof A];
    return !(rule.isLater && String(rule.default) === String(value));
  });
  return Object.fromEntries(entries) as Partial<A>;
}

/** A value that either rule allows. */
export function either<A, B>(a: AttributeRule<A>, b: AttributeRule<B>): AttributeRule<A | B> {
  return {
    allowed: `${a.allowed} or ${b.allowed.replace(/^to be /, "")}`,
    allows: (value): value is A | B => a.allows(value) || b.allows(value),
  };
}

/** Rows and columns: one number for both, or a pair. */
export type Size2d = number | readonly [rows: number, columns: number];

/** Whole numbers of `least` or more for rows and columns. */
export function size2d(least: number): AttributeRule<Size2d> {
  return {
    allowed: `to be a whole number of ${least} or more, or two of them [rows, columns]`,
    allows: forBothAxes(wholeNumber(least)),
  };
}

/** Whole numbers from `least` to `most` for rows and columns. */
export function boundedSize2d(least: number, most: number): AttributeRule<Size2d> {
  const each = wholeNumber(least, most);
  return { allowed: `${each.allowed}, or a pair of them`, allows: forBothAxes(each) };
}

function forBothAxes({ allows }: AttributeRule<number>) {
  return (value: unknown): value is Size2d =>
    allows(value) || (Array.isArray(value) && value.length === 2 && value.every(allows));
}

export function pairOf(size: Size2d): readonly [rows: number, columns: number] {
  return typeof size === "number" ? [size, size] : size;
}

/** The shorter way to write a size: one number where both are equal. Other values stay as they are. */
export function shortestSize(size: Size2d): Size2d {
  return Array.isArray(size) && size.length === 2 && size[0] === size[1] ? size[0] : size;
}

/**
 * Checks attributes, and returns them in the order of the rules, with defaults for missing ones.
 *
 * @param op named in errors
 * @throws InputError where one is unknown, missing or of a value that its rule does not allow
 */
export function applyRules<A>(op: string, rules: AttributeRules<A>, given: unknown): A {
  const names = Object.keys(rules) as (keyof A & string)[];
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new InputError(op, expectedNames(names), show(given));
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(rules, name)) throw new InputError(op, expectedNames(names), name);
  }
  const values = given as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    names
      .map((name) => [name, checkedValue(op, name, rules[name], values[name])] as const)
      .filter(([, value]) => value !== undefined),
  ) as A;
}

function expectedNames(names: readonly string[]): string {
  return names.length === 0 ? "no attributes" : `attributes ${names.join(", ")}`;
}

function checkedValue<T>(op: string, name: string, rule: AttributeRule<T>, given: unknown): T {
  const value = given === undefined ? rule.default : given;
  if (!rule.allows(value)) throw new InputError(op, `${name} ${rule.allowed}`, show(value));
  return value;
}

/** A value in such a way that its type is visible: `3`, `"3"`, `[3]`. */
function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (typeof value === "number") return String(value);
  return JSON.stringify(value) ?? String(value);
}
