/**
 * A fault that the caller can correct: a wrong argument, file, option or shape.
 *
 * The message is one line, `where: expected X, got Y`. The command line prints it without a stack
 * trace and exits with code 2.
 *
 * @example
 * const epochs = 0;
 * const expected = "epochs to be a whole number of 1 or more";
 * const error = new InputError("train", expected, String(epochs));
 * console.log(error.message); // train: expected epochs to be a whole number of 1 or more, got 0
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
