import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { shown } from "../arguments.js";
import type { Dataset } from "../data/dataset.js";
import { isDigitsName } from "../data/sources/digits.js";
import { distortedNames } from "../data/sources/distorted-names.js";
import { NAMED_SETS } from "../data/sources/sets/named-sets.js";
import { InputError } from "../errors.js";
import { listed } from "../numbers.js";

/** Data that `--data` finds by name. */
const named = ["mnist", "digits", ...Object.keys(NAMED_SETS), ...distortedNames];

/**
 * The value of `--data` that finds this data again: its folder, else its name.
 *
 * @throws InputError where only the program that trained on the data has them
 */
export function recordedData({ name, source }: Pick<Dataset, "name" | "source">): string {
  if (existsSync(source)) return resolve(source);
  if (named.includes(name) || isDigitsName(name)) return name;
  const got = `${shown(name)}, a program's own data (use evaluate, audit or recordTraining of the library)`;
  throw new InputError(
    "data",
    `a run on ${listed(named, "or")}, or data whose path is still there, or --data`,
    got,
  );
}
