/** Longer names are cut where there is little room. */
const longest = 12;

/**
 * What a class is called: its name, else its index; `none` for −1.
 *
 * @param names by index, where the data have some
 */
export function className(index: number, names?: readonly string[]): string {
  if (index < 0) return "none";
  const name = names?.[index] ?? String(index);
  const characters = [...name];
  return characters.length > longest ? `${characters.slice(0, longest - 1).join("")}…` : name;
}

/** What an image is and what it was taken for: `7 → 1`. */
export function answerText(
  { label, prediction }: { readonly label: number; readonly prediction: number },
  names?: readonly string[],
): string {
  return `${className(label, names)} → ${className(prediction, names)}`;
}
