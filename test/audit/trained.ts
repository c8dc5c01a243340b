import { type AuditOptions, audit, type CheckResult } from "../../src/audit/audit.js";
import type { CheckName } from "../../src/audit/check-names.js";
import { digits } from "../../src/data/sources/digits.js";
import type { NamedTensors } from "../../src/graph/tensors.js";
import { type ModelName, models } from "../../src/models/index.js";
import { train } from "../../src/train/train.js";

/** Small, but enough to learn something in a few steps. */
export const data = digits({ train: 1280, test: 200 });

const known = new Map<ModelName, NamedTensors>();

/** Parameters after an epoch on `data`. */
export async function trained(model: ModelName): Promise<NamedTensors> {
  const found = known.get(model);
  if (found) return found;
  const { parameters } = await train({
    model: models[model],
    data,
    epochs: 1,
    learningRate: 0.05,
    threads: 1,
  });
  known.set(model, parameters);
  return parameters;
}

/** The parameters with some values of a tensor changed. */
export function changed(
  parameters: NamedTensors,
  name: string,
  change: (values: Float32Array) => void,
): NamedTensors {
  const { shape, values } = parameters.get(name)!;
  const copy = values.slice();
  change(copy);
  return new Map(parameters).set(name, { shape, values: copy });
}

/** What one check finds. */
export async function check<Name extends CheckName>(
  name: Name,
  options: Pick<AuditOptions, "model"> & Partial<AuditOptions>,
): Promise<Extract<CheckResult, { check: Name }>> {
  const { checks } = await audit({ data, threads: 1, images: 100, ...options, only: [name] });
  return checks[0] as Extract<CheckResult, { check: Name }>;
}
