const longest = 60;

/** A piece of a file, such as a name in it, as JSON on one short line of a message. */
export function excerpt(value: unknown): string {
  const text = asJson(value);
  const short = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  // JSON leaves line separators, marks that reverse text and the like as they are.
  return short.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "nothing";
  } catch (error) {
    // What was parsed without recursion is written with it.
    if (error instanceof RangeError) return "lists nested too deeply";
    throw error;
  }
}
