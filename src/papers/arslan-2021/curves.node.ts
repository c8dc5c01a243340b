import { readFileSync } from "node:fs";
import { type PublishedCurves, parseCurves, publishedModel } from "./published.js";

const curvesFile = new URL("../../../results/published/curves.csv", import.meta.url);

let curves: PublishedCurves | undefined;

/** The study's three training curves by model, read once. */
export function publishedCurves(): PublishedCurves {
  curves ??= parseCurves(readFileSync(curvesFile, "utf8"));
  return curves;
}

/** Best accuracy in the first `epochs` epochs of the published curve that a model is compared with. */
export function publishedBestWithin(model: string, epochs: number): number | undefined {
  const curve = publishedCurves().get(publishedModel(model) ?? "");
  const within = curve?.filter((entry) => entry.epoch <= epochs) ?? [];
  if (within.length === 0) return undefined;
  return Math.max(...within.map((entry) => entry.validationAccuracy));
}
