import { operations } from "../../src/files/operations.node.js";

/** Operations that change something on the disk. */
const changing = [
  "mkdirSync",
  "openSync",
  "writeSync",
  "fsyncSync",
  "closeSync",
  "renameSync",
  "unlinkSync",
  "rmdirSync",
] as const;
type Changing = (typeof changing)[number];

const real = { ...operations };

/** What every operation of a process that was killed throws. */
export class Killed extends Error {}

/** Puts the operating system's own operations back. */
export function restoreOperations(): void {
  Object.assign(operations, real);
}

/** Flushing takes most of the time, and tests of what is on the disk do not need it. */
export function withoutFlushing(): void {
  operations.fsyncSync = () => {};
}

/** Decides what becomes of an operation; `go` does it. */
type Fault = (name: Changing, go: () => unknown, args: readonly unknown[]) => unknown;

function intercept(fault: Fault): void {
  for (const name of changing) {
    const go = operations[name] as (...args: unknown[]) => unknown;
    Object.assign(operations, {
      [name]: (...args: unknown[]) => fault(name, () => go(...args), args),
    });
  }
}

/**
 * Ends everything at one operation, as `kill -9` does: a write is half done, another one is the last.
 *
 * @param at counts from 0
 * @returns how many operations there were
 */
export function killAt(at: number): () => number {
  let count = 0;
  intercept((name, go, args) => {
    const own = count++;
    if (own < at) return go();
    if (own === at) {
      if (name === "writeSync") {
        const [file, bytes, offset, length] = args as [number, Uint8Array, number, number];
        real.writeSync(file, bytes, offset, Math.floor(length / 2));
      } else go();
    }
    // Only this test's process holds it open.
    if (name === "closeSync" && own > at) go();
    throw new Killed();
  });
  return () => count;
}

/** Lets one operation fail as the operating system says it. */
export function failAt(at: number, code: string): () => number {
  let count = 0;
  intercept((name, go) => {
    if (count++ !== at) return go();
    if (name === "closeSync") go();
    throw Object.assign(new Error(`${code}: ${name}`), { code, syscall: name });
  });
  return () => count;
}

/** Lets each write take no more than a few bytes. */
export function shortWrites(most: number): void {
  operations.writeSync = ((file: number, bytes: Uint8Array, offset: number, length: number) =>
    real.writeSync(file, bytes, offset, Math.min(length, most))) as typeof operations.writeSync;
}
