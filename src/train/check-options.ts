import { InputError } from "../errors.js";

/** Refuses options that nobody reads, most often a misspelt name. */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new InputError(where, `options ${known.join(", ")}`, name);
    }
  }
}
