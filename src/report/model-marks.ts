import type { Ink, PointSymbol } from "./ink.js";

/** How a model is drawn in every figure of a report: its ink, and the shape of its points. */
export interface ModelMark {
  readonly ink: Ink;
  readonly symbol: PointSymbol;
}

/** Marks by the model's name. */
export type ModelMarks = ReadonlyMap<string, ModelMark>;

// Hues of Okabe and Ito's palette and two more, which stay apart for the common colour-vision
// deficiencies; darkened for white pages and lightened for dark ones until lines and labels have enough
// contrast.
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
 * Marks for models: those that are given, and for the others, in this order, the first ink and the first
 * symbol that no model of these has yet. Where inks or symbols run out, the least used come again; a pair
 * of the two comes again only when all have been used.
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

/** Compares the first numbers that differ. */
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
