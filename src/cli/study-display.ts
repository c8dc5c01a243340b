import type { WriteStream } from "node:tty";
import { counted, percent } from "../numbers.js";
import type { PlannedRun } from "../study/expand.js";
import type { Outcome } from "../study/outcome.js";
import type { StudyCallbacks } from "../study/run-study.node.js";
import type { Interruption } from "./interruption.js";
import { ActivityLine } from "./terminal/activity-line.js";
import { formatDuration } from "./terminal/duration.js";
import { secondsLeft } from "./terminal/progress-clock.js";

/** Shows a study: a line for each run that ends and, on a terminal, one about all of them. */
export class StudyDisplay {
  readonly #line: ActivityLine;
  readonly #ended = new Map<string, Outcome["outcome"]>();
  /** Epochs that are done of the runs in training, parts of epochs too. */
  readonly #training = new Map<string, number>();
  readonly #began = performance.now();
  readonly #total: number;
  #doneAtStart: number | undefined;
  #endedEpochs = 0;

  /**
   * @param runs of the study
   * @param before outcomes of those that have ended
   * @param stream standard error where the output is for programs
   * @param isElsewhere whether workers train, and this process only receives
   */
  constructor(
    private readonly runs: readonly PlannedRun[],
    before: ReadonlyMap<string, Outcome>,
    private readonly interruption: Interruption,
    stream: WriteStream,
    private readonly isElsewhere = false,
  ) {
    this.#line = new ActivityLine(stream);
    this.#total = runs.reduce((sum, { variant }) => sum + variant.recipe.epochs, 0);
    for (const run of runs) {
      const outcome = before.get(run.key);
      if (outcome) this.#count(run, outcome);
    }
    interruption.announce = (line) => this.note(line);
    interruption.beforeQuit = () => this.close();
  }

  readonly callbacks: StudyCallbacks = {
    onStart: (run, _, epochsDone) => this.#progress(run, epochsDone),
    onProgress: (run, { epoch, phase, done, total }) => {
      this.#progress(run, epoch - 1 + (phase === "train" ? (0.95 * done) / total : 0.95));
    },
    onEpoch: (run, { epoch }) => this.#progress(run, epoch),
    onNote: (run, line) => this.note(`${run.key}: ${line}`),
    onEnd: (run, outcome) => {
      this.#training.delete(run.key);
      if (outcome !== undefined) this.#end(run, outcome, "");
    },
    onElsewhere: (run, outcome) => this.#end(run, outcome, " (another process)"),
    onWait: (runs) => this.note(`waiting for ${counted(runs, "run")} of other processes`),
  };

  /** A line that stays. */
  note(line: string): void {
    this.#line.note(line);
    this.#show();
  }

  close(): void {
    this.#line.clear();
  }

  #progress(run: PlannedRun, epochs: number): void {
    this.#training.set(run.key, epochs);
    this.#doneAtStart ??= this.#part();
    if (!this.isElsewhere) {
      this.interruption.activity = `finishing the epochs of ${counted(this.#training.size, "run")}`;
    }
    this.#show();
  }

  #end(run: PlannedRun, outcome: Outcome, where: string): void {
    this.#count(run, outcome);
    const done = String(this.#ended.size).padStart(String(this.runs.length).length);
    this.note(`${done}/${this.runs.length}  ${run.key}  ${outcomeText(outcome)}${where}`);
  }

  #count(run: PlannedRun, { outcome }: Outcome): void {
    if (this.#ended.has(run.key)) return;
    this.#ended.set(run.key, outcome);
    this.#endedEpochs += run.variant.recipe.epochs;
  }

  #part(): number {
    const inTraining = [...this.#training.values()].reduce((sum, epochs) => sum + epochs, 0);
    return Math.min(1, (this.#endedEpochs + inTraining) / this.#total);
  }

  #show(): void {
    const outcomes = [...this.#ended.values()];
    const bad = (["collapsed", "diverged", "failed"] as const).flatMap((kind) => {
      const count = outcomes.filter((outcome) => outcome === kind).length;
      return count === 0 ? [] : [`${count} ${kind}`];
    });
    const seconds = (performance.now() - this.#began) / 1000;
    const left = secondsLeft(seconds, this.#doneAtStart ?? 1, this.#part());
    const parts = [
      `${outcomes.length} of ${this.runs.length} runs ended`,
      ...bad,
      `${this.#training.size} running`,
      ...(left === undefined ? [] : [`${formatDuration(left)} left`]),
    ];
    this.#line.show(parts.join(", "));
  }
}

/** How a run ended, in a few words. */
export function outcomeText({ outcome, reason, result }: Outcome): string {
  const accuracy = result ? `${percent(result.correct / result.total)} %` : "";
  if (outcome === "done") return accuracy;
  return outcome === "failed" ? `failed: ${reason}` : `${accuracy}  ${outcome}`;
}
