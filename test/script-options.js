import { parseArgs } from "node:util";

/**
 * The options and arguments of a script for developers. With `--help` its usage is printed and it ends with 0; an
 * option or argument that it does not know is refused.
 */
export class ScriptOptions {
  #name;
  #values;
  #given;

  /**
   * @param {string} name of the script, before its complaints
   * @param {string} usage printed by `--help`
   * @param {Record<string, string>} defaults of the options, all of which take a value
   * @param {{ arguments?: number }} more how many arguments there may be besides the options; none by default
   */
  constructor(name, usage, defaults, { arguments: most = 0 } = {}) {
    this.#name = name;
    const names = Object.keys(defaults);
    const options = Object.fromEntries(names.map((each) => [each, { type: "string" }]));
    const { tokens, positionals } = parseArgs({ options, strict: false, tokens: true });
    const given = tokens.filter(({ kind }) => kind === "option");
    if (given.some(({ rawName }) => rawName === "--help" || rawName === "-h")) {
      console.log(usage);
      process.exit(0);
    }
    for (const { rawName, name: option, value } of given) {
      const known = names.includes(option) && rawName.startsWith("--");
      if (!known) this.refuse(["--help", ...names.map((each) => `--${each}`)].join(", "), rawName);
      if (value === undefined) this.refuse(`a value after ${rawName}`, "none");
    }
    if (positionals.length > most) this.refuse(argumentCount(most), positionals[most]);
    this.#values = { ...defaults };
    for (const { name: option, value } of given) this.#values[option] = value;
    this.#given = new Set(given.map(({ name: option }) => option));
    /** What stands besides the options. */
    this.arguments = positionals;
  }

  /** Whether an option was given. */
  has(option) {
    return this.#given.has(option);
  }

  /** The number of an option, from `least` on; `whole` by default. */
  number(option, least, { whole = true } = {}) {
    return this.numberOf(`--${option}`, this.#values[option], least, { whole });
  }

  /** The number that a text is, from `least` on; `whole` by default. */
  numberOf(what, text, least, { whole = true } = {}) {
    const value = Number(text);
    const fits = whole ? Number.isSafeInteger(value) : Number.isFinite(value);
    if (text.trim() === "" || !fits || value < least) {
      const kind = whole ? "a whole number" : "a number";
      this.refuse(`${what} to be ${kind}, ${least} or more`, JSON.stringify(text));
    }
    return value;
  }

  /** The names in a comma-separated option, each one of `known`. */
  list(option, known) {
    const names = this.#values[option].split(",");
    for (const each of names) {
      if (known.includes(each)) continue;
      this.refuse(`--${option} to be of ${known.join(", ")}`, JSON.stringify(each));
    }
    return names;
  }

  /** Ends the script with a line and code 2. */
  refuse(expected, got) {
    console.error(`${this.#name}: expected ${expected}, got ${got}`);
    process.exit(2);
  }
}

function argumentCount(most) {
  return most === 0 ? "options alone" : `${most} arguments at most`;
}
