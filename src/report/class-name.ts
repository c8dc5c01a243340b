import type { ImageView } from "../inspect/view-types.js";
import { percent } from "../numbers.js";

/** Longer names are cut: two of them stand beside each other under a picture. */
const longest = 9;

/**
 * What a class is called: its name, else its index; `none` for −1.
 *
 * @param names by index, where the data have some
 */
export function className(index: number, names?: readonly string[]): string {
  if (index < 0) return "none";
  const characters = [...(names?.[index] ?? String(index))];
  if (characters.length <= longest) return characters.join("");
  return `${characters
    .slice(0, longest - 1)
    .join("")
    .trimEnd()}…`;
}

/** What stands under an image. */
export interface ImageCaption {
  /** What it is and what it was taken for: `7 → 1 · 90.0 %`, or `cat → dog`. */
  readonly answer: string;
  /** Which image it is, and with names, which are long, the probability: `image 3`, `image 3 · 90.0 %`. */
  readonly about: string;
}

/**
 * The caption of an image; without a probability that is not finite.
 *
 * @param names of the classes by index, where the data have some
 */
export function imageCaption(
  { index, label, prediction, probability }: Omit<ImageView, "pixels">,
  names?: readonly string[],
): ImageCaption {
  const sure = Number.isFinite(probability) ? ` · ${percent(probability, 1)} %` : "";
  const answer = `${className(label, names)} → ${className(prediction, names)}`;
  const about = `image ${index}`;
  return names ? { answer, about: about + sure } : { answer: answer + sure, about };
}
