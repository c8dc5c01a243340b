import type { Ends } from "../../stats/compare.js";

/** Points of a percent, with a true minus sign. */
export function pointsText(value: number, digits = 2): string {
  return value.toFixed(digits).replace("-", "−");
}

/** A difference with its sign. */
export function signedText(value: number): string {
  const text = pointsText(value);
  return value > 0 ? `+${text}` : text;
}

/** `99.24 to 99.38`; a dash where there is none. */
export function endsText(interval: Ends | null): string {
  return interval === null ? "–" : `${pointsText(interval[0])} to ${pointsText(interval[1])}`;
}

export function probabilityText(p: number | null): string {
  if (p === null) return "–";
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/** A tick of an axis, with no more digits than it needs. */
export function tickText(value: number): string {
  return String(Number(value.toPrecision(6))).replace("-", "−");
}
