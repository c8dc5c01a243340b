import { type RunHistory, readHistory } from "../runs/run-history.node.js";
import { type StudyFolder, studyRunFolder } from "./study-folder.node.js";

/** What each run of a study that has begun is, and its epochs so far, with its key. One run at a time is in memory. */
export function* runHistories({
  directory,
  runs,
}: Pick<StudyFolder, "directory" | "runs">): Generator<readonly [key: string, RunHistory]> {
  for (const { key } of runs) {
    const history = readHistory(studyRunFolder(directory, key));
    if (history !== undefined) yield [key, history];
  }
}
