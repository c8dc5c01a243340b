import type { JointCommand } from "../../report/annotations.js";
import { commonSettings, hasDefaultRecipe } from "../../report/repeat.js";
import type { Run } from "../../runs/run-folder.node.js";
import { studyModelOf } from "./study-runs.js";

/** Commands `fovea reproduce` that repeat several runs which differ only in their network. */
export function jointCommands(runs: readonly Run[]): JointCommand[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const settings = commonSettings(run);
    if (settings === undefined || !hasDefaultRecipe(run)) continue;
    if (studyModelOf(run.record) === undefined) continue;
    groups.set(settings, [...(groups.get(settings) ?? []), run]);
  }
  return [...groups].flatMap(([settings, same]) => {
    const models = [...new Set(same.map(({ record }) => record.model))];
    if (models.length === 1) return [];
    const specs = same.map(({ record }) => record.digest);
    return [{ specs, command: `fovea reproduce --models ${models.join(",")} ${settings}` }];
  });
}
