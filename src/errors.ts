/**
 * Something outside Fovea is not as it must be: an argument, a file, an option, a shape.
 *
 * The message follows one grammar, `where: expected X, got Y`, on one line. The command line prints
 * it without a stack trace and exits with code 2.
 *
 * @example
 * throw new InputError("train", "epochs to be a whole number of 1 or more", "0");
 */
export class InputError extends Error {
  override readonly name = "InputError";

  constructor(
    readonly where: string,
    readonly expected: string,
    readonly got: string,
  ) {
    super(`${where}: expected ${expected}, got ${got}`);
  }
}
