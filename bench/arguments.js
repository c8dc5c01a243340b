// Checks of the options of this folder's scripts. A wrong option gives a message of one line and exit code 2.

/** The parts between commas, each once. */
export function items(value) {
  return [...new Set(value.split(",").filter((item) => item !== ""))];
}

/** The parts between commas, each one of `allowed`. */
export function listOf(where, option, value, allowed) {
  const list = items(value);
  const unknown = list.find((item) => !allowed.includes(item));
  if (unknown === undefined) return list;
  return fail(where, `expected ${option} to be of ${allowed.join(", ")}, got ${unknown}`);
}

/** A whole number of 1 or more. */
export function wholeNumber(where, option, value) {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1) return number;
  return fail(where, `expected ${option} to be a whole number of 1 or more, got ${value}`);
}

/** Ends the program. */
export function fail(where, message) {
  process.stderr.write(`${where}: ${message}\n`);
  return process.exit(2);
}
