import { dodge } from "../label-dodge.js";
import { element, textElement } from "../markup.js";
import { shortened } from "./row-plot.js";

/** The end of a line, in pixels, and what is written beside it. */
export interface LineEnd {
  readonly label: string;
  /** A CSS colour. */
  readonly color: string;
  readonly x: number;
  readonly y: number;
  readonly isFaint?: boolean;
}

const gap = 17;
const mostLetters = 24;

/** Names at the ends of lines, moved apart, each connected to its line. */
export function lineLabels(
  ends: readonly LineEnd[],
  left: number,
  bounds: readonly [top: number, bottom: number],
): string {
  const places = dodge(
    ends.map(({ y }) => y),
    gap,
    bounds,
  );
  return ends
    .map(({ label, color, x, y, isFaint }, at) => {
      const leader = element("path", {
        d: `M${x + 5},${y}H${Math.max(x + 5, left + 4)}L${left + 18},${places[at]!}H${left + 22}`,
        ...{ fill: "none", stroke: color, "stroke-width": 1, "stroke-opacity": 0.5 },
        "stroke-dasharray": x < left - 1 ? "1 6" : undefined,
      });
      const name = textElement(shortened(label, mostLetters), {
        ...{ x: left + 26, y: places[at]! + 4.5, "text-anchor": "start", "font-size": 13 },
        "font-weight": isFaint ? undefined : 650,
        fill: color,
      });
      return leader + name;
    })
    .join("");
}
