import { side } from "./looker.js";

// Theta maps positions of what the network sees to positions of its input, both from −1 to 1 between the outer edges.
// Here positions of the input are in pixels from the left and upper edge.

type Point = readonly [x: number, y: number];

/** A point of the sampled frame that can be dragged. */
export interface Handle {
  readonly name: string;
  /** Where it is, in pixels of the input. */
  at(theta: readonly number[]): Point;
  /** Theta after the handle was dragged to a position in pixels. */
  drag(theta: readonly number[], x: number, y: number): number[];
}

/** Where the network takes a position of what it sees from, in pixels of the input. */
export function pointOf(
  [a = 1, b = 0, c = 0, d = 0, e = 1, f = 0]: readonly number[],
  x: number,
  y: number,
): Point {
  return [((a * x + b * y + c + 1) * side) / 2, ((d * x + e * y + f + 1) * side) / 2];
}

/** −1..1 */
function coordinate(pixel: number): number {
  return (2 * pixel) / side - 1;
}

/** A frame of no size would show one pixel everywhere. */
const least = 0.05;

export const handles: readonly Handle[] = [
  {
    name: "Move the frame",
    at: (theta) => pointOf(theta, 0, 0),
    drag: ([a, b, , d, e], x, y) => [a!, b!, coordinate(x), d!, e!, coordinate(y)],
  },
  {
    name: "Turn and size the frame",
    at: (theta) => pointOf(theta, 1, -1),
    drag: turnAndSize,
  },
  {
    name: "Stretch and slant the frame to the right",
    at: (theta) => pointOf(theta, 1, 0),
    drag: ([, b, c, , e, f], x, y) => [coordinate(x) - c!, b!, c!, coordinate(y) - f!, e!, f!],
  },
  {
    name: "Stretch and slant the frame downwards",
    at: (theta) => pointOf(theta, 0, 1),
    drag: ([a, , c, d, , f], x, y) => [a!, coordinate(x) - c!, c!, d!, coordinate(y) - f!, f!],
  },
];

/**
 * Turns and scales both axes of the frame about its centre, so that its upper right corner comes to lie at (x, y): both
 * are multiplied by the complex number that takes the corner's old offset from the centre to the new one.
 */
function turnAndSize(
  [a = 1, b = 0, c = 0, d = 0, e = 1, f = 0]: readonly number[],
  x: number,
  y: number,
): number[] {
  const [fromX, fromY] = [a - b, d - e];
  const [toX, toY] = [coordinate(x) - c, coordinate(y) - f];
  const square = fromX * fromX + fromY * fromY;
  if (square < least ** 2 || Math.hypot(toX, toY) < least) return [a, b, c, d, e, f];
  const real = (toX * fromX + toY * fromY) / square;
  const imaginary = (toY * fromX - toX * fromY) / square;
  return [
    ...[real * a - imaginary * d, real * b - imaginary * e, c],
    ...[imaginary * a + real * d, imaginary * b + real * e, f],
  ];
}

/** How an arrow key moves a handle, in pixels. */
export function moved(key: string): Point | undefined {
  const steps: Readonly<Record<string, Point>> = {
    ArrowLeft: [-0.5, 0],
    ArrowRight: [0.5, 0],
    ArrowUp: [0, -0.5],
    ArrowDown: [0, 0.5],
  };
  return steps[key];
}
