import { catalogueMarks } from "../../src/models/catalogue-marks.js";
import { modelNames } from "../../src/models/names.js";
import { assignMarks, type ModelMark, type ModelMarks } from "../../src/report/model-marks.js";

/** The catalogue's networks, and those of the first page, always have these marks. */
let marks: ModelMarks = assignMarks(["coordconv", ...modelNames], catalogueMarks);

/** The mark of a network, the same on all pages. Other names get a free one where they are first asked for. */
export function networkMark(name: string): ModelMark {
  if (!marks.has(name)) marks = new Map([...marks, ...assignMarks([...marks.keys(), name], marks)]);
  return marks.get(name)!;
}

/** The colour of a network as a CSS value that follows the theme. */
export function networkColor(name: string): string {
  const { light, dark } = networkMark(name).ink;
  return `light-dark(${light}, ${dark})`;
}
