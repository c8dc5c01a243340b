import { checkOptions, shown } from "../arguments.js";
import { InputError } from "../errors.js";

/** The value of a model's option. */
export type OptionValue = number | boolean | string;

/** Values of a model's options, by name. */
export type ModelOptions = Readonly<Record<string, OptionValue>>;

/** The options of a model with their defaults. A list holds all allowed values, and its first is the default. */
export type OptionDefaults = Readonly<
  Record<string, OptionValue | readonly string[] | readonly number[]>
>;

/** The values that options with these defaults may have. */
export type OptionsOf<Defaults extends OptionDefaults> = {
  readonly [Name in keyof Defaults]: Defaults[Name] extends readonly (infer Value)[]
    ? Value
    : Defaults[Name] extends number
      ? number
      : Defaults[Name] extends boolean
        ? boolean
        : string;
};

/** @throws InputError where a default is not a number, true, false, a text, or a list of texts or of numbers */
export function checkDefaults(where: string, defaults: OptionDefaults): void {
  if (typeof defaults !== "object" || defaults === null || Array.isArray(defaults)) {
    throw new InputError(where, "options with defaults, such as { width: 16 }", shown(defaults));
  }
  for (const [name, value] of Object.entries(defaults)) {
    if (!/^[A-Za-z]\w*$/.test(name)) {
      throw new InputError(where, "names of options to be letters and digits", shown(name));
    }
    if (Array.isArray(value) ? isChoice(value) : isValue(value)) continue;
    const expected = `the default of ${name} to be a number, true, false, a text, or a list of texts or of numbers`;
    throw new InputError(where, expected, shown(value));
  }
}

/** Whether these may be all values of an option: texts, or numbers. */
function isChoice(values: readonly unknown[]): boolean {
  if (values.length === 0) return false;
  return values.every((each) => typeof each === "string") || values.every(Number.isFinite);
}

function isValue(value: unknown): boolean {
  return Number.isFinite(value) || typeof value === "boolean" || typeof value === "string";
}

/** The default of an option. */
export function defaultOf(value: OptionDefaults[string]): OptionValue {
  return typeof value === "object" ? value[0]! : value;
}

/**
 * The values of all options: those that were chosen, and defaults.
 *
 * @param where the model's name
 * @throws InputError where one is unknown or has another type than its default
 */
export function completeOptions(
  where: string,
  defaults: OptionDefaults,
  chosen: ModelOptions,
): ModelOptions {
  const names = Object.keys(defaults);
  if (names.length === 0) {
    const [first] = Object.keys(Object(chosen));
    if (first !== undefined)
      throw new InputError(where, "no options, as the model has none", first);
    return {};
  }
  checkOptions(where, chosen, names);
  return Object.fromEntries(
    names.map((name) => {
      const value = chosen[name] ?? defaultOf(defaults[name]!);
      if (!allows(defaults[name]!, value)) {
        throw new InputError(where, `${name} to be ${allowedText(defaults[name]!)}`, shown(value));
      }
      return [name, value];
    }),
  );
}

function allows(initial: OptionDefaults[string], value: unknown): boolean {
  if (typeof initial === "object") return initial.some((each) => each === value);
  if (typeof initial === "number") return Number.isFinite(value);
  return typeof value === typeof initial;
}

/** The values that an option may have, in words: `a number`, `max or mean`. */
function allowedText(initial: OptionDefaults[string]): string {
  if (typeof initial === "object") return initial.join(" or ");
  if (typeof initial === "boolean") return "true or false";
  return typeof initial === "number" ? "a number" : "a text";
}

/** Options in a line: `width=24, drop=0.5`. */
export function optionsText(options: ModelOptions): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");
}

/**
 * Options from texts, each `NAME=VALUE`; of a name that is given twice the last counts.
 *
 * @throws InputError where a text has no such form, or a value not the type of the option's default
 */
export function parseOptions(
  where: string,
  defaults: OptionDefaults,
  texts: readonly string[],
): ModelOptions {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined) {
        throw new InputError(where, "options as NAME=VALUE", shown(text));
      }
      return [name, Object.hasOwn(defaults, name) ? parsed(defaults[name]!, value) : value];
    }),
  );
}

/** The text as a value of the option's type; where it is none of that type, the text. */
function parsed(initial: OptionDefaults[string], text: string): OptionValue {
  if (typeof initial === "boolean") return text === "true" || (text === "false" ? false : text);
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
  return typeof defaultOf(initial) === "number" && isNumber ? Number(text) : text;
}
