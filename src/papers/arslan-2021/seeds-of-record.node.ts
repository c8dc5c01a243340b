import { join } from "node:path";
import { runHistories } from "../../study/run-histories.node.js";
import { isStudy, readStudy } from "../../study/study-folder.node.js";
import type { SeedRuns } from "./claims/claim.js";
import { seedRuns } from "./study-runs.js";

/**
 * The study's networks over several seeds, as recorded; undefined where they were not.
 *
 * @param root of Fovea: the folder that holds `results`
 */
export function seedsOfRecord(root: string): SeedRuns | undefined {
  const folder = join(root, "results", "studies", "record-1-study-2021");
  if (!isStudy(folder)) return undefined;
  return seedRuns([...runHistories(readStudy(folder))].map(([, history]) => history));
}
