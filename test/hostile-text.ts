import fc from "fast-check";

/** Characters that act on a terminal or on the direction of text. */
const acting =
  "\u0000\u0007\b\t\n\r\u001b\u007f\u0080\u0085\u009b\u009d\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069";

/** Whether a text has one of them, apart from those that are allowed. */
export function hasActing(text: string, allowed = ""): boolean {
  return [...acting].some((character) => !allowed.includes(character) && text.includes(character));
}

/** Texts with whole escape codes and acting characters in them, between ordinary ones. */
export const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 5 }),
      fc.constantFrom(...acting),
      fc.constantFrom("\u001b[31m", "\u001b[2J", "\u001b]0;title\u0007", "\u009b1m", "\u001b[1m"),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(""));
