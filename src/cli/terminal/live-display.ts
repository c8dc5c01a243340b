import type { WriteStream } from "node:tty";
import { MultiBar, type SingleBar } from "cli-progress";
import type { EpochMetrics, TrainProgress } from "../../train/metrics.js";
import type { Colours } from "./colours.js";
import { formatDuration } from "./duration.js";
import { lineRoom } from "./live.js";
import { note } from "./output.js";
import { partDone, secondsLeft } from "./progress-clock.js";
import { type ModelProgress, progressLine } from "./progress-line.js";
import type { TrainingDisplay } from "./training-display.js";

/** A model that trains now. */
interface Training {
  shown: ModelProgress;
  readonly started: number;
  readonly doneAtStart: number;
  bar?: SingleBar;
}

/** Live lines at the foot of a terminal, one for each model in training; the lines of those before stay. */
export class LiveDisplay implements TrainingDisplay {
  readonly #trainings = new Map<string, Training>();
  #bars: MultiBar | undefined;

  constructor(
    private readonly stream: WriteStream,
    private readonly nameWidth: number,
    private readonly colours: Colours,
  ) {}

  begin(model: string, epochs: number, epochsDone: number): void {
    const done = epochsDone / epochs;
    const training: Training = {
      shown: { name: model.padEnd(this.nameWidth), epoch: epochsDone, epochs, done },
      started: performance.now(),
      doneAtStart: done,
    };
    this.#trainings.set(model, training);
    this.#addBar(training);
  }

  progress(model: string, progress: TrainProgress): void {
    const training = this.#trainings.get(model)!;
    const done = partDone(progress);
    const left = secondsLeft(secondsOf(training), training.doneAtStart, done);
    change(training, {
      epoch: progress.epoch,
      done,
      loss: progress.trainLoss,
      imagesPerSecond: progress.imagesPerSecond,
      time: left === undefined ? undefined : `${formatDuration(left)} left`,
    });
  }

  epoch(model: string, metrics: EpochMetrics): void {
    const training = this.#trainings.get(model)!;
    change(training, {
      epoch: metrics.epoch,
      done: metrics.epoch / training.shown.epochs,
      loss: metrics.trainLoss,
      accuracy: metrics.validationAccuracy,
      imagesPerSecond: metrics.imagesPerSecond,
    });
  }

  end(model: string): void {
    const training = this.#trainings.get(model);
    if (training === undefined) return;
    this.#trainings.delete(model);
    this.#aside(() => {
      change(training, { time: `in ${formatDuration(secondsOf(training))}` });
      this.stream.write(`${this.#line(training)}\n`);
    });
  }

  note(line: string): void {
    this.#aside(() => note(line));
  }

  close(): void {
    this.#bars?.stop();
    this.#bars = undefined;
  }

  /** Takes the live lines away, writes, and puts them below. */
  #aside(write: () => void): void {
    this.close();
    write();
    for (const training of this.#trainings.values()) this.#addBar(training);
  }

  #addBar(training: Training): void {
    this.#bars ??= new MultiBar({
      stream: this.stream,
      hideCursor: true,
      clearOnComplete: true,
      // Signals are not the display's.
      gracefulExit: false,
    });
    const format = () => this.#line(training);
    training.bar = this.#bars.create(1, training.shown.done, {}, { format });
  }

  #line({ shown }: Training): string {
    return progressLine(shown, lineRoom(this.stream), this.colours);
  }
}

function change(training: Training, shown: Partial<ModelProgress>): void {
  training.shown = { ...training.shown, ...shown };
  training.bar?.update(training.shown.done);
}

function secondsOf({ started }: Training): number {
  return (performance.now() - started) / 1000;
}
