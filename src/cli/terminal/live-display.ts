import type { WriteStream } from "node:tty";
import { SingleBar } from "cli-progress";
import type { EpochMetrics, TrainProgress } from "../../train/metrics.js";
import type { Colours } from "./colours.js";
import { formatDuration } from "./duration.js";
import { partDone, secondsLeft } from "./progress-clock.js";
import { type ModelProgress, progressLine } from "./progress-line.js";
import type { TrainingDisplay } from "./training-display.js";

/** One live line on a terminal for the model in training; the lines of those before stay. */
export class LiveDisplay implements TrainingDisplay {
  readonly #bar: SingleBar;
  #shown: ModelProgress = { name: "", epoch: 0, epochs: 1, done: 0 };
  #active = false;
  #started = 0;
  #doneAtStart = 0;

  constructor(
    private readonly stream: WriteStream,
    private readonly nameWidth: number,
    private readonly colours: Colours,
  ) {
    this.#bar = new SingleBar({
      stream,
      hideCursor: true,
      // What stays is written by `end`: the library would put it where the line began, and lines
      // of notes may have scrolled the screen since.
      clearOnComplete: true,
      format: () => this.#line(),
    });
  }

  begin(model: string, epochs: number, epochsDone: number): void {
    const done = epochsDone / epochs;
    this.#shown = { name: model.padEnd(this.nameWidth), epoch: epochsDone, epochs, done };
    this.#started = performance.now();
    this.#doneAtStart = done;
    this.#active = true;
    this.#bar.start(1, done);
  }

  progress(progress: TrainProgress): void {
    const done = partDone(progress);
    const left = secondsLeft(this.#seconds(), this.#doneAtStart, done);
    this.#show({
      epoch: progress.epoch,
      done,
      loss: progress.trainLoss,
      imagesPerSecond: progress.imagesPerSecond,
      time: left === undefined ? undefined : `${formatDuration(left)} left`,
    });
  }

  epoch(metrics: EpochMetrics): void {
    this.#show({
      epoch: metrics.epoch,
      done: metrics.epoch / this.#shown.epochs,
      loss: metrics.trainLoss,
      accuracy: metrics.validationAccuracy,
      imagesPerSecond: metrics.imagesPerSecond,
    });
  }

  end(): void {
    if (!this.#active) return;
    this.close();
    this.#shown = { ...this.#shown, time: `in ${formatDuration(this.#seconds())}` };
    this.stream.write(`${this.#line()}\n`);
  }

  note(line: string): void {
    const active = this.#active;
    this.close();
    process.stderr.write(`${line}\n`);
    if (!active) return;
    this.#active = true;
    this.#bar.start(1, this.#shown.done);
  }

  close(): void {
    this.#active = false;
    this.#bar.stop();
  }

  #show(change: Partial<ModelProgress>): void {
    this.#shown = { ...this.#shown, ...change };
    this.#bar.update(this.#shown.done);
  }

  #line(): string {
    // The last column stays free: some terminals wrap when it is written.
    return progressLine(this.#shown, (this.stream.columns || 80) - 1, this.colours);
  }

  #seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }
}
