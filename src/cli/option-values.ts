import { InputError } from "../errors.js";
import { type ModelName, modelNames } from "../models/names.js";
import { editDistance } from "./edit-distance.js";

/** Parses an option's text. */
type Parser<Value> = (text: string) => Value;

/** The largest seed: seeds are 32 bits. */
const largestSeed = 2 ** 32 - 1;

/** What `--threads` means for one run where it is not given, or is large. */
export const threadsDefault = "default: the processor's cores, at most 8; more than 8 run as 8";

/** A parser for whole numbers from `min`. */
export function wholeNumber(where: string, option: string, min: number): Parser<number> {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= min) return value;
    throw new InputError(where, `${option} to be a whole number of ${min} or more`, shown(text));
  };
}

/** Channels, rows and columns of an image. */
export interface ImageSizes {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
}

/** A parser for the shape of images, `1x28x28`. */
export function imageShape(where: string): Parser<ImageSizes> {
  return (text) => {
    const sizes = /^([1-9]\d{0,4})[x×]([1-9]\d{0,4})[x×]([1-9]\d{0,4})$/.exec(text);
    if (sizes === null) {
      const expected = "--image to be channels × rows × columns, as 1x28x28";
      throw new InputError(where, expected, shown(text));
    }
    const [channels, rows, columns] = sizes.slice(1).map(Number) as [number, number, number];
    return { channels, rows, columns };
  };
}

/** A parser for seeds. */
export function seed(where: string): Parser<number> {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value <= largestSeed) return value;
    throw new InputError(where, `--seed to be a whole number in 0..${largestSeed}`, shown(text));
  };
}

/** A parser for numbers above 0. */
export function positiveNumber(where: string, option: string): Parser<number> {
  return (text) => {
    const value = decimal(text);
    if (value > 0) return value;
    throw new InputError(where, `${option} to be a number above 0`, shown(text));
  };
}

/** A parser for learning rates, which the engine takes as float32. */
export function learningRate(where: string): Parser<number> {
  const parse = positiveNumber(where, "--learning-rate");
  return (text) => {
    const value = parse(text);
    const rounded = Math.fround(value);
    if (rounded > 0 && Number.isFinite(rounded)) return value;
    throw new InputError(where, "--learning-rate to be 1.5e-45 to 3.4e38", shown(text));
  };
}

/** A parser for numbers of any sign. */
export function finiteNumber(where: string, option: string): Parser<number> {
  return (text) => {
    const value = decimal(text);
    if (Number.isFinite(value)) return value;
    throw new InputError(where, `${option} to be a number`, shown(text));
  };
}

/** A number in decimal digits, such as 0.01 or 1e-2; NaN where the text is none that is finite. */
function decimal(text: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}

/** A parser for a text that is not empty. */
export function nonEmpty(where: string, option: string): Parser<string> {
  return (text) => {
    if (text !== "") return text;
    throw new InputError(where, `${option} to be a name`, shown(text));
  };
}

/** A parser for one of a few words. */
export function oneOf<Word extends string>(
  where: string,
  option: string,
  words: readonly Word[],
): Parser<Word> {
  return (text) => {
    const word = words.find((each) => each === text);
    if (word !== undefined) return word;
    throw new InputError(where, `${option} to be one of ${words.join(", ")}`, shown(text));
  };
}

/** A parser for words with commas between them; a word counts once. */
export function listOf<Word extends string>(
  where: string,
  option: string,
  words: readonly Word[],
): Parser<Word[]> {
  const parse = oneOf(where, option, words);
  return (text) => [...new Set(text.split(",").map((word) => parse(word.trim())))];
}

/** A parser for one of these models' names. */
function modelName<Name extends ModelName>(
  where: string,
  option: string,
  names: readonly Name[],
): Parser<Name> {
  return (text) => {
    const name = names.find((each) => each === text);
    if (name) return name;
    throw new InputError(where, `${option} to be one of ${names.join(", ")}`, modelGuess(text));
  };
}

/** A parser for names of models with commas between them; a name counts once. */
export function modelList<Name extends ModelName>(
  where: string,
  option: string,
  names: readonly Name[],
): Parser<Name[]> {
  const parse = modelName(where, option, names);
  return (text) => [...new Set(text.split(",").map((name) => parse(name.trim())))];
}

/** A parser for `--set`: `NAME=VALUE`, several with commas between them, in all that are given. */
export function settings(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(",").map((each) => each.trim())];
}

/** What `--set` means, for the help of the commands that have it. */
export const settingsHelp =
  "options of the model, NAME=VALUE with commas between them, or --set several times; fovea explain lists them";

/** A parser for paths. */
export function path(where: string, what: string): Parser<string> {
  return (text) => {
    if (text !== "") return text;
    throw new InputError(where, `${what} to be a path`, shown(text));
  };
}

/** What a user typed, so that one can see where it ends and it stays on one line. */
export function shown(text: string): string {
  return /^[!-~]+$/.test(text) ? text : JSON.stringify(text);
}

/** What a user typed in place of a model's name, and the name that is one slip away. */
export function modelGuess(text: string): string {
  const near = modelNames.find((name) => editDistance(text.toLowerCase(), name) <= 1);
  return near ? `${shown(text)} (did you mean ${near}?)` : shown(text);
}
