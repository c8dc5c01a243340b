/** Characters. */
const longest = 60;

/** A value read from a file, such as a name, as one short line of JSON for an error message. */
export function excerpt(value: unknown): string {
  const text = asJson(value);
  const short = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  // JSON does not escape line separators, or the marks that make a terminal reverse text.
  return short.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "nothing";
  } catch (error) {
    // Fovea's parsers of nested lists do not recurse; JSON.stringify does and runs out of stack.
    if (error instanceof RangeError) return "lists nested too deeply";
    throw error;
  }
}
