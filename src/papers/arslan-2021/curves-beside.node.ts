import type { PublishedCurvesBeside } from "../../report/epoch-data.js";
import type { Run } from "../../runs/run-folder.node.js";
import { publishedCurves } from "./curves.node.js";
import { publishedData, publishedModel } from "./published.js";

/** The study's curves of the models among runs on the same data; none where the data is not the study's. */
export function curvesBeside(runs: readonly Run[]): PublishedCurvesBeside {
  const data = runs[0]?.record.data.name;
  if (data !== publishedData) {
    return {
      curves: [],
      remark: `The study's curves are for MNIST and are left out beside ${data}.`,
    };
  }
  const models = new Set(runs.map(({ record }) => publishedModel(record.model)));
  const curves = [...publishedCurves()]
    .filter(([model]) => models.has(model))
    .map(([model, epochs]) => ({ model, epochs }));
  if (curves.length === 0) {
    return { curves, remark: "The study published no curve of these networks." };
  }
  return {
    curves,
    remark:
      "Solid: these runs. Dashed: the study's published curves over the same epochs; its epoch 0 is epoch 1 here.",
  };
}
