import type { PublishedCurvesBeside } from "../../report/epoch-data.js";
import type { Run } from "../../runs/run-folder.node.js";
import { publishedCurves } from "./curves.node.js";
import { publishedModel } from "./published.js";
import { comparableRuns } from "./study-runs.js";

/** The study's curves of the runs' models, for runs on the same data; empty where no run can be compared. */
export function curvesBeside(runs: readonly Run[]): PublishedCurvesBeside {
  const models = new Set(comparableRuns(runs).map(({ record }) => publishedModel(record.model)));
  const curves = [...publishedCurves()]
    .filter(([model]) => models.has(model))
    .map(([model, epochs]) => ({ model, epochs }));
  if (curves.length === 0) return { curves, remark: "" };
  return {
    curves,
    remark:
      "Solid: these runs. Dashed: the study's published curves over the same epochs; its epoch 0 is epoch 1 here.",
  };
}
