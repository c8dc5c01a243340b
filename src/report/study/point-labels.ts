import { textElement } from "../markup.js";
import { shortened } from "./row-plot.js";

/** A point with a name, in pixels. */
export interface NamedPoint {
  readonly name: string;
  /** Follows the name. */
  readonly note: string;
  /** A CSS colour. */
  readonly color: string;
  readonly x: number;
  readonly y: number;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const fontSize = 12.5;
/** Mean width of a letter, as a part of the font's size. */
const letterWidth = 0.58;
const mostLetters = 22;
const distance = 10;

/** Names beside their points, each where it covers no point and no other name, as far as there is room. */
export function pointLabels(points: readonly NamedPoint[], bounds: Box): string {
  const taken: Box[] = points.map(({ x, y }) => around(x, y, 6));
  return points
    .map(({ name, note, color, x, y }) => {
      const text = shortened(name, mostLetters) + note;
      const width = [...text].length * fontSize * letterWidth;
      const places = candidates(x, y, width);
      const chosen =
        places.find((place) => isInside(place.box, bounds) && taken.every(apartFrom(place.box))) ??
        places.find(({ box }) => isInside(box, bounds)) ??
        places[0]!;
      taken.push(chosen.box);
      return textElement(text, {
        ...{ x: chosen.x, y: chosen.y, "text-anchor": chosen.anchor },
        ...{ "font-size": fontSize, "font-weight": 650, fill: color },
      });
    })
    .join("");
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly anchor: "start" | "middle" | "end";
  readonly box: Box;
}

function candidates(x: number, y: number, width: number): Place[] {
  const place = (dx: number, dy: number, anchor: Place["anchor"]): Place => {
    const at = x + dx;
    const left = { start: at, middle: at - width / 2, end: at - width }[anchor];
    const base = y + dy;
    const box = { left, right: left + width, top: base - 10, bottom: base + 3 };
    return { x: at, y: base, anchor, box };
  };
  return [0, 16, -16, 32, -32].flatMap((dy) => [
    place(distance, dy + 4, "start"),
    place(-distance, dy + 4, "end"),
    ...(dy === 0 ? [] : [place(0, dy + 4, "middle")]),
  ]);
}

function around(x: number, y: number, by: number): Box {
  return { left: x - by, right: x + by, top: y - by, bottom: y + by };
}

function isInside(box: Box, bounds: Box): boolean {
  return (
    box.left >= bounds.left &&
    box.right <= bounds.right &&
    box.top >= bounds.top &&
    box.bottom <= bounds.bottom
  );
}

function apartFrom(box: Box): (other: Box) => boolean {
  return (other) =>
    box.right < other.left ||
    box.left > other.right ||
    box.bottom < other.top ||
    box.top > other.bottom;
}
