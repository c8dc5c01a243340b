import { initialize, models } from "../../dist/index.js";

/** The last layer of the localization network, which initially gives the identity, as in PyTorch's tutorial. */
const lastLocalization = "fc_loc.2.weight";

/**
 * Initial values of each model's parameters, the same for all competitors. The spatial transformer starts close
 * to the identity, but not at it: there every sample point lies on a pixel, where the gradient has a kink and
 * depends on rounding.
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
