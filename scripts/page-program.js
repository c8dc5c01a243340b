import { InputError } from "../dist/errors.js";

/**
 * Runs what writes or checks pages; returns the exit code and what is to be printed. Pages that differ give 1, wrong use 2.
 *
 * @param {string} name begins a line about wrong use
 * @param {() => string[] | Promise<string[]>} act returns the lines that say what was done
 */
export async function runPageProgram(name, act) {
  try {
    const lines = await act();
    const differs = lines.some((line) => line.startsWith("differs: "));
    return { code: differs ? 1 : 0, stdout: lines.map((line) => `${line}\n`).join(""), stderr: "" };
  } catch (error) {
    const wrongUse = error instanceof InputError || error.code?.startsWith("ERR_PARSE_ARGS");
    if (!wrongUse) throw error;
    return { code: 2, stdout: "", stderr: `${name}: ${error.message}\n` };
  }
}
