import type { WriteStream } from "node:tty";
import { counted, percent } from "../numbers.js";
import type { PlannedRun } from "../study/expand.js";
import type { Outcome } from "../study/outcome.js";
import type { StudyCallbacks } from "../study/run-study.node.js";
import type { Interruption } from "./interruption.js";
import { ActivityLine } from "./terminal/activity-line.js";
import { lineRoom } from "./terminal/live.js";
import { secondsLeft } from "./terminal/progress-clock.js";
import { studyLine } from "./terminal/study-line.js";

/** Shows a study: a line for each run that ends and, on a terminal, one about all of them. */
export class StudyDisplay {
  readonly #line: ActivityLine;
  readonly #ended = new Set<string>();
  readonly #counts = new Map<Outcome["outcome"], number>();
  /** Epochs that are done of the runs in training, parts of epochs too. */
  readonly #training = new Map<string, number>();
  readonly #began = performance.now();
  /** Of all runs together. */
  #totalEpochs: number;
  #totalRuns: number;
  #doneAtStart: number | undefined;
  #endedEpochs = 0;

  /**
   * @param runs of the study
   * @param before outcomes of those that have ended
   * @param stream standard error where the output is for programs
   * @param isElsewhere whether workers train, and this process only receives
   */
  constructor(
    runs: readonly PlannedRun[],
    before: ReadonlyMap<string, Outcome>,
    private readonly interruption: Interruption,
    private readonly stream: WriteStream,
    private readonly isElsewhere = false,
  ) {
    this.#line = new ActivityLine(stream);
    this.#totalRuns = runs.length;
    this.#totalEpochs = epochsOf(runs);
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
    onFinalists: (runs, ended) => {
      this.#totalRuns += runs.length;
      this.#totalEpochs += epochsOf(runs);
      const names = [...new Set(runs.map(({ variant }) => variant.name))];
      for (const run of runs) {
        const outcome = ended.get(run.key);
        if (outcome) this.#count(run, outcome);
      }
      this.note(
        `finalists: ${names.join(", ")}; ${counted(runs.length, "run")} with further seeds`,
      );
    },
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
    const done = String(this.#ended.size).padStart(String(this.#totalRuns).length);
    this.note(`${done}/${this.#totalRuns}  ${run.key}  ${outcomeText(outcome)}${where}`);
  }

  #count(run: PlannedRun, { outcome }: Outcome): void {
    if (this.#ended.has(run.key)) return;
    this.#ended.add(run.key);
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
    this.#endedEpochs += run.variant.recipe.epochs;
  }

  #part(): number {
    const inTraining = [...this.#training.values()].reduce((sum, epochs) => sum + epochs, 0);
    return Math.min(1, (this.#endedEpochs + inTraining) / this.#totalEpochs);
  }

  #show(): void {
    const bad = (["collapsed", "diverged", "failed", "pruned"] as const).map((kind) => ({
      ...{ kind, count: this.#counts.get(kind) ?? 0 },
    }));
    const seconds = (performance.now() - this.#began) / 1000;
    const progress = {
      ...{ ended: this.#ended.size, runs: this.#totalRuns, running: this.#training.size, bad },
      part: this.#part(),
      left: secondsLeft(seconds, this.#doneAtStart ?? 1, this.#part()),
    };
    this.#line.show(studyLine(progress, lineRoom(this.stream)));
  }
}

function epochsOf(runs: readonly PlannedRun[]): number {
  return runs.reduce((sum, { variant }) => sum + variant.recipe.epochs, 0);
}

/** How a run ended, in a few words. */
export function outcomeText({ outcome, reason, result, pruned }: Outcome): string {
  if (pruned) {
    const part = percent(pruned.correct / pruned.total);
    return `pruned after ${counted(pruned.epochs, "epoch")}, ${part} % of the images held out`;
  }
  const accuracy = result ? `${percent(result.correct / result.total)} %` : "";
  if (outcome === "done") return accuracy;
  return outcome === "failed" ? `failed: ${reason}` : `${accuracy}  ${outcome}`;
}
