import { canonicalJson } from "../../canonical-json.js";
import { InputError } from "../../errors.js";
import { randomBits, STREAM_SEARCH } from "../../graph/philox.js";
import type { Distribution } from "./search-schema.js";

/** Values by their paths, in the order of the space's members. */
export type Point = readonly (readonly [path: string, value: unknown])[];

/** What is drawn, by path. */
export type Space = Readonly<Record<string, Distribution>>;

/** Significant digits of a drawn number: those beyond may differ between platforms, as those of `Math.exp` do. */
const digits = 4;

/** So many draws for each point, and some more, before a space counts as exhausted. */
const patience = { perPoint: 20, more: 100 };

/**
 * Draws different points of a space. With more of them the first ones stay the same; the order of the space's members
 * does not matter.
 *
 * @param where the manifest's file, for messages
 * @throws InputError where the space has too few different points
 */
export function drawPoints(
  space: Space,
  { runs, seed }: { readonly runs: number; readonly seed: number },
  where: string,
): Point[] {
  const paths = Object.keys(space);
  const sorted = [...paths].sort();
  const points = new Map<string, Point>();
  const most = runs * patience.perPoint + patience.more;
  for (let draw = 0; draw < most && points.size < runs; draw++) {
    const point = paths.map((path) => {
      const bits = randomBits({ seed, stream: STREAM_SEARCH, step: draw }, sorted.indexOf(path));
      return [path, drawnValue(space[path]!, (bits + 0.5) / 2 ** 32)] as const;
    });
    const text = canonicalJson(Object.fromEntries(point));
    if (!points.has(text)) points.set(text, point);
  }
  if (points.size === runs) return [...points.values()];
  const expected = `search.runs to be at most ${points.size}, the different points that its space has`;
  throw new InputError(where, expected, `${runs}`);
}

/**
 * The value at a quantile.
 *
 * @param u above 0 and below 1
 */
export function drawnValue({ log, uniform, integers, oneOf }: Distribution, u: number): unknown {
  if (log) return rounded(log[0] * Math.exp(u * Math.log(log[1] / log[0])), log);
  if (uniform) return rounded(uniform[0] + u * (uniform[1] - uniform[0]), uniform);
  if (integers) return integers[0] + Math.floor(u * (integers[1] - integers[0] + 1));
  return oneOf![Math.floor(u * oneOf!.length)];
}

function rounded(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, Number(value.toPrecision(digits))));
}
