import type { ModelName } from "./index.js";

// Hues of Okabe and Ito's palette.
const marks = {
  cnn: { ink: { light: "#5f6670", dark: "#b4bac3" }, symbol: "square" },
  stn: { ink: { light: "#0067a8", dark: "#5ab8f0" }, symbol: "circle" },
  "coordconv-stn": { ink: { light: "#c04f00", dark: "#ff9a52" }, symbol: "triangle" },
  mha: { ink: { light: "#007f5f", dark: "#35cfa2" }, symbol: "diamond2" },
  "mha-batch": { ink: { light: "#a63d83", dark: "#ee92cd" }, symbol: "star" },
} as const satisfies Partial<Record<ModelName, object>>;

/** Colours and symbols of networks of the catalogue, the same in every report and on every page. */
export const catalogueMarks: ReadonlyMap<string, (typeof marks)[keyof typeof marks]> = new Map(
  Object.entries(marks),
);
