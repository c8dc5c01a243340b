import type { RowSize } from "./row-plot.js";
import type { Domain } from "./shown-domain.js";

/** Pixels of the dots in a row. */
export const dotRadius = 4.2;

/** Dots of a row that would cover each other, moved up and down in turn, pixels. */
export function inLanes<Point extends { readonly value: number }>(
  points: readonly Point[],
  domain: Domain,
  { width, left, right, rowHeight }: RowSize,
): (Point & { readonly lane: number })[] {
  const scale = (width - left - right) / (domain[1] - domain[0]);
  const most = Math.floor(Math.min(12, 0.26 * rowHeight) / 4);
  const lanes = [
    0,
    ...Array.from({ length: most }, (_, at) => [-4 * (at + 1), 4 * (at + 1)]).flat(),
  ];
  const ends = new Map<number, number>();
  return [...points]
    .sort((a, b) => a.value - b.value)
    .map((point) => {
      const x = point.value * scale;
      const isFree = (lane: number) => x - (ends.get(lane) ?? -Infinity) >= 1.7 * dotRadius;
      const lane = lanes.find(isFree) ?? 0;
      ends.set(lane, x);
      return { ...point, lane };
    });
}
