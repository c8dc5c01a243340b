import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadData } from "../../dist/data/load.node.js";
import { InputError } from "../../dist/errors.js";
import {
  missingCheckpoints,
  recordCheckpoints,
} from "../../dist/papers/arslan-2021/checkpoints.node.js";
import { publishedData } from "../../dist/papers/arslan-2021/published.js";
import { writeJson } from "../../dist/runs/json-file.node.js";

/** The file with the recorded evaluations, relative to the root. */
export const checkpointsFile = "results/published/checkpoints.json";

/** Evaluates the study's checkpoints on MNIST and records the results. */
export async function evaluateCheckpoints(folder, root) {
  const [missing] = missingCheckpoints(folder);
  if (missing !== undefined) {
    const got = existsSync(folder) ? `none with the name ${missing}` : "no such file or folder";
    throw new InputError(folder, "a folder with the study's three checkpoints", got);
  }
  const { data } = await loadData(publishedData);
  const record = await recordCheckpoints(folder, data, {
    onActivity: (activity) => process.stderr.write(`evaluating: ${activity}\n`),
  });
  writeJson(join(root, checkpointsFile), record);
}
