import { type RunHistory, readHistory } from "../runs/run-history.node.js";
import { type StudyFolder, studyRunFolder } from "./study-folder.node.js";

/** What each run of a study is, and its epochs so far, by its key; without those that have not begun. */
export function runHistories({
  directory,
  runs,
}: Pick<StudyFolder, "directory" | "runs">): Map<string, RunHistory> {
  const found = runs.flatMap(({ key }) => {
    const history = readHistory(studyRunFolder(directory, key));
    return history === undefined ? [] : [[key, history] as const];
  });
  return new Map(found);
}
