/**
 * Characters that act on a terminal or page instead of being shown: C0 and C1 controls, what changes the direction of
 * text (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069), and the line and paragraph separators.
 */
const acting = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Text in which control and bidirectional characters stand as `\u001b`. Inside a JSON string that spelling means the
 * same character, so that escaped JSON is the same value.
 *
 * @param kept characters that stay as they are, default none
 */
export function escapeControls(text: string, kept = ""): string {
  return text.replace(acting, (character) =>
    kept.includes(character)
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
