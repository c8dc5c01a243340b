import type { Dataset } from "../data/dataset.js";
import { shellWord } from "../shell-word.js";
import type { PlannedRun } from "../study/expand.js";
import type { Outcome } from "../study/outcome.js";
import { runQueuedStudy } from "../study/queue/run-queued-study.node.js";
import { runStudy } from "../study/run-study.node.js";
import { knownRuns } from "../study/search/search-progress.node.js";
import { readOutcomes, type StudyFolder } from "../study/study-folder.node.js";
import { exitCodes } from "./exit-codes.js";
import type { Interruption } from "./interruption.js";
import type { ChosenQueue } from "./queue-server.js";
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
  /** Runs stop after this epoch, and go on another time. */
  readonly untilEpoch?: number;
  /** Workers train it. Default: this process. */
  readonly queue?: ChosenQueue;
  /** Standard output is for a program: what is for people goes to standard error. */
  readonly json?: boolean;
}

const stoppedReceiving =
  "stopped receiving; what workers do waits for you on the server. Resume with:";

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
  const { server, typed } = training.queue ?? {};
  const queue = typed === undefined ? "" : ` --queue ${shellWord(typed)}`;
  const command = typedCommand(`study resume ${shellWord(folder.directory)}${queue}`);
  interruption.resumeCommand = command;
  const display = new StudyDisplay(
    runs,
    readOutcomes({ directory: folder.directory, runs }),
    interruption,
    json ? process.stderr : process.stdout,
    server !== undefined,
  );
  try {
    const { data, threads, retryFailed, untilEpoch } = training;
    const options = {
      ...{ folder, data, runs, retryFailed },
      ...(untilEpoch !== undefined && { untilEpoch }),
      ...display.callbacks,
      signal: interruption.signal,
    };
    let problems = 0;
    const onProblem = (line: string) => {
      problems++;
      display.note(line);
    };
    const outcomes = await (server === undefined
      ? runStudy({ ...options, threads })
      : runQueuedStudy({ ...options, server, onProblem }));
    display.close();
    const all = training.runs ?? knownRuns(folder);
    const isComplete = all.every(({ key }) => outcomes.has(key));
    if (!isComplete && untilEpoch !== undefined && !interruption.signal.aborted) {
      (json ? note : print)(
        `runs have come to epoch ${untilEpoch}; they go on with:`,
        `  ${command}`,
      );
    } else if (!isComplete) {
      const say = json ? note : print;
      const isLeft = server !== undefined && interruption.signal.aborted;
      const isDrained = server !== undefined && !isLeft;
      say(
        isLeft
          ? stoppedReceiving
          : `${isDrained ? "drained or cancelled" : "stopped"}; resume with:`,
      );
      say(`  ${command}`);
      process.exitCode = exitCodes.interrupted;
    } else if (problems > 0 || all.some(({ key }) => outcomes.get(key)?.outcome === "failed")) {
      process.exitCode = exitCodes.failedRuns;
    }
    return { outcomes, isComplete };
  } finally {
    display.close();
  }
}
