// Faults in place of the operating system's operations, for tests and for `npm run torture`.
import { operations } from "../../dist/files/operations.node.js";

/**
 * Decides what becomes of an operation; `go` does it.
 *
 * @typedef {(name: string, go: () => unknown, args: any) => unknown} Fault
 */

const real = { ...operations };

/** Operations that change something on the disk. */
export const changing = [
  "mkdirSync",
  "openSync",
  "writeSync",
  "fsyncSync",
  "closeSync",
  "renameSync",
  "unlinkSync",
  "rmdirSync",
];

/** All operations, those that only read among them. */
export const allOperations = Object.keys(real);

/** What every operation of a process that was killed throws. */
export class Killed extends Error {}

/** Puts the operating system's own operations back. */
export function restoreOperations() {
  Object.assign(operations, real);
}

/** Flushing takes most of the time, and tests of what is on the disk do not need it. */
export function withoutFlushing() {
  operations.fsyncSync = () => {};
}

/**
 * @param {readonly string[]} names
 * @param {Fault} fault
 */
function intercept(names, fault) {
  /** @type {Record<string, Function>} */
  const replaced = {};
  for (const [name, go] of Object.entries(operations)) {
    if (!names.includes(name)) continue;
    replaced[name] = (/** @type {unknown[]} */ ...args) =>
      fault(name, () => /** @type {Function} */ (go)(...args), args);
  }
  Object.assign(operations, replaced);
}

/**
 * Ends everything at one operation, as `kill -9` does.
 *
 * @param {number} at counts from 0
 * @param {"before" | "middle"} [moment] before the operation, or in its middle: a write is half done, another
 *   one is done
 * @param {() => void} [end] what the end is; by default every operation from then on throws {@link Killed}
 * @returns how many operations there were
 */
export function killAt(at, moment = "middle", end = () => {}) {
  let count = 0;
  intercept(changing, (name, go, args) => {
    const own = count++;
    if (own < at) return go();
    if (own === at) {
      if (moment === "middle") doPart(name, go, args);
      end();
    }
    // Only this process holds it open.
    if (name === "closeSync" && !(own === at && moment === "middle")) go();
    throw new Killed();
  });
  return () => count;
}

/** @type {Fault} */
function doPart(name, go, args) {
  if (name !== "writeSync") return go();
  const [file, bytes, offset, length] = args;
  return real.writeSync(file, bytes, offset, Math.floor(length / 2));
}

/**
 * Lets one operation fail as the operating system says it.
 *
 * @param {number} at counts from 0
 * @param {string} code
 * @param {{ names?: readonly string[], until?: number }} [options] which operations count, by default those that
 *   change something; up to which one they fail, by default this one alone
 * @returns how many operations there were
 */
export function failAt(at, code, { names = changing, until = at } = {}) {
  let count = 0;
  intercept(names, (name, go) => {
    const own = count++;
    if (own < at || own > until) return go();
    if (name === "closeSync") go();
    throw Object.assign(new Error(`${code}: ${name}`), { code, syscall: name });
  });
  return () => count;
}

/**
 * Lets each write take no more than a few bytes.
 *
 * @param {number} most
 */
export function shortWrites(most) {
  const { writeSync } = operations;
  operations.writeSync = /** @type {typeof real.writeSync} */ (
    (/** @type {number} */ file, /** @type {any} */ bytes, offset, length) =>
      writeSync(file, bytes, offset, Math.min(Number(length), most))
  );
}
