import { isRun } from "../runs/run-folder.node.js";
import { isReproduction, modelFolder, readSettings } from "./reproduce-settings.js";

/** A run folder itself, or the runs in a folder of `fovea reproduce`. */
export function runFolders(path: string): string[] {
  if (!isReproduction(path)) return [path];
  const { models } = readSettings(path);
  return models.map((model) => modelFolder(path, model)).filter(isRun);
}
