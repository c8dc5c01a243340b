import type { Dataset } from "../data/dataset.js";
import { shellWord } from "../shell-word.js";
import type { PlannedRun } from "../study/expand.js";
import type { Outcome } from "../study/outcome.js";
import { runStudy } from "../study/run-study.node.js";
import { knownRuns } from "../study/search/search-progress.node.js";
import { readOutcomes, type StudyFolder } from "../study/study-folder.node.js";
import { exitCodes } from "./exit-codes.js";
import type { Interruption } from "./interruption.js";
import { StudyDisplay } from "./study-display.js";
import { note, print } from "./terminal/output.js";
import { typedCommand } from "./typed-command.js";

export interface StudyTraining {
  readonly folder: StudyFolder;
  readonly data: Dataset;
  readonly interruption: Interruption;
  /** Default: all of the study. */
  readonly runs?: readonly PlannedRun[];
  readonly threads?: number;
  readonly retryFailed?: boolean;
  /** Standard output is for a program: what is for people goes to standard error. */
  readonly json?: boolean;
}

/**
 * Trains what is missing of a study, and shows it. Where it was interrupted, says how it is resumed.
 *
 * @returns the outcomes of the folder's runs, and whether those that were asked for have all ended
 */
export async function trainStudy(training: StudyTraining): Promise<{
  readonly outcomes: Map<string, Outcome>;
  readonly isComplete: boolean;
}> {
  const { folder, interruption, runs = folder.runs, json = false } = training;
  const command = typedCommand(`study resume ${shellWord(folder.directory)}`);
  interruption.resumeCommand = command;
  const display = new StudyDisplay(
    runs,
    readOutcomes({ directory: folder.directory, runs }),
    interruption,
    json ? process.stderr : process.stdout,
  );
  try {
    const { data, threads, retryFailed } = training;
    const outcomes = await runStudy({
      ...{ folder, data, runs, threads, retryFailed },
      ...display.callbacks,
      signal: interruption.signal,
    });
    display.close();
    const all = training.runs ?? knownRuns(folder);
    const isComplete = all.every(({ key }) => outcomes.has(key));
    if (!isComplete) {
      const say = json ? note : print;
      say("stopped; resume with:");
      say(`  ${command}`);
      process.exitCode = exitCodes.interrupted;
    } else if (all.some(({ key }) => outcomes.get(key)?.outcome === "failed")) {
      process.exitCode = exitCodes.failedRuns;
    }
    return { outcomes, isComplete };
  } finally {
    display.close();
  }
}
