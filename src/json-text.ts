/**
 * A value as JSON in which a number that JSON has no form for is a text: `"NaN"`, `"Infinity"`, `"-Infinity"`.
 * `Number(text)` in JavaScript and `float(text)` in Python read them back.
 *
 * @param space of an indentation; all on one line where it is left out
 */
export function jsonText(value: unknown, space?: number): string {
  return JSON.stringify(value, nameNonFinite, space);
}

function nameNonFinite(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
