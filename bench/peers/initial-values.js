import { initialize, models } from "../../dist/index.js";

/** The localization net's last layer, which PyTorch's tutorial starts at the identity. */
const lastLocalization = "fc_loc.2.weight";

/**
 * First values of each model's parameters, the same for all competitors. The spatial transformer starts a
 * little beside the identity: there every sample lies on a pixel, where its gradient has a kink and
 * hangs on rounding.
 *
 * @param {readonly import("../../dist/index.js").ModelName[]} models
 * @param {import("../../dist/bench/images.js").BenchmarkData} data
 */
export function initialValues(models, data) {
  return new Map(models.map((model) => [model, valuesOf(model, data)]));
}

function valuesOf(model, data) {
  const values = initialize(models[model].build(data).graph, 0);
  values.get(lastLocalization)?.values.forEach((_, at, weights) => {
    weights[at] = 0.02 * Math.sin(at + 1);
  });
  return values;
}
