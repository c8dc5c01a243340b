import type { ImageView } from "../inspect/view-types.js";
import { percent } from "../numbers.js";

/** Longer names are cut, since two names must fit side by side under an image. */
const longest = 9;

/**
 * The name of a class, or its index where it has no name; `none` for −1.
 *
 * @param names by index, where the data have some
 * @param most characters; a longer name is cut
 */
export function className(
  index: number,
  names?: readonly string[],
  most: number = longest,
): string {
  if (index < 0) return "none";
  const characters = [...(names?.[index] ?? String(index))];
  if (characters.length <= most) return characters.join("");
  return `${characters
    .slice(0, most - 1)
    .join("")
    .trimEnd()}…`;
}

/** The text under an image. */
export interface ImageCaption {
  /** Label and prediction: `7 → 1 · 90.0 %`, or with class names, which are longer, `cat → dog`. */
  readonly answer: string;
  /** Index of the image: `image 3`, or with class names `image 3 · 90.0 %`. */
  readonly about: string;
}

/**
 * The caption of an image. A probability that is not finite is left out, and a label of −1, which stands for none.
 *
 * @param names of the classes by index, where the data have some
 */
export function imageCaption(
  { index, label, prediction, probability }: Omit<ImageView, "pixels">,
  names?: readonly string[],
): ImageCaption {
  const sure = Number.isFinite(probability) ? ` · ${percent(probability, 1)} %` : "";
  const found = className(prediction, names);
  const answer = label < 0 ? found : `${className(label, names)} → ${found}`;
  const about = `image ${index}`;
  return names ? { answer, about: about + sure } : { answer: answer + sure, about };
}
