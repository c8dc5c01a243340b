import type { Ink, PointSymbol } from "./ink.js";

/** A model's colour and point shape in all figures of a report. */
export interface ModelMark {
  readonly ink: Ink;
  readonly symbol: PointSymbol;
}

/** Marks by the model's name. */
export type ModelMarks = ReadonlyMap<string, ModelMark>;

// Hues of Okabe and Ito's palette and two more, distinguishable with the common colour-vision deficiencies.
// Darkened for white pages and lightened for dark ones, for enough contrast of lines and labels.
const inks: readonly Ink[] = [
  { light: "#0067a8", dark: "#5ab8f0" },
  { light: "#c04f00", dark: "#ff9a52" },
  { light: "#007f5f", dark: "#35cfa2" },
  { light: "#a63d83", dark: "#ee92cd" },
  { light: "#8a6d00", dark: "#e3c34a" },
  { light: "#5546b5", dark: "#a99cff" },
  { light: "#9b2c2c", dark: "#ff8f8f" },
  { light: "#5f6670", dark: "#b4bac3" },
];

const symbols: readonly PointSymbol[] = [
  "circle",
  "square",
  "triangle",
  "diamond2",
  "star",
  "wye",
  "cross",
];

/**
 * Marks for models. Models without a given mark get, in this order, the first ink and the first symbol that
 * are still unused. When all are used, the least used are repeated; a pair of ink and symbol is repeated only
 * when all pairs are used.
 */
export function assignMarks(models: readonly string[], given: ModelMarks = new Map()): ModelMarks {
  const marks = new Map<string, ModelMark>();
  for (const model of models) {
    const mark = given.get(model);
    if (mark) marks.set(model, mark);
  }
  for (const model of models) {
    if (!marks.has(model)) marks.set(model, freeMark([...marks.values()]));
  }
  return marks;
}

function freeMark(taken: readonly ModelMark[]): ModelMark {
  const usesOf = (mark: ModelMark) => [
    count(taken, (each) => sameInk(each, mark) && each.symbol === mark.symbol),
    count(taken, (each) => sameInk(each, mark)) +
      count(taken, (each) => each.symbol === mark.symbol),
    count(taken, (each) => sameInk(each, mark)),
  ];
  const pairs = inks.flatMap((ink) => symbols.map((symbol): ModelMark => ({ ink, symbol })));
  return pairs.reduce((best, pair) => (isFewer(usesOf(pair), usesOf(best)) ? pair : best));
}

/** Compares two lists lexicographically. */
function isFewer(one: readonly number[], other: readonly number[]): boolean {
  const at = one.findIndex((uses, index) => uses !== other[index]);
  return at >= 0 && one[at]! < other[at]!;
}

function sameInk(one: ModelMark, other: ModelMark): boolean {
  return one.ink.light === other.ink.light;
}

function count(marks: readonly ModelMark[], condition: (mark: ModelMark) => boolean): number {
  return marks.filter(condition).length;
}
