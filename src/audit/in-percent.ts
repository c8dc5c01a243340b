import { percent } from "../numbers.js";

/** `0.9932` as `99.32 %`. */
export function inPercent(part: number, digits = 2): string {
  return `${percent(part, digits)} %`;
}
