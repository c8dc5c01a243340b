import type { EpochMetrics } from "../../train/metrics.js";
import { formatDuration } from "./duration.js";
import { note } from "./output.js";
import { epochLine } from "./progress-line.js";
import type { TrainingDisplay } from "./training-display.js";

/** A plain line an epoch. */
export class PlainDisplay implements TrainingDisplay {
  /** Epochs to run, by model. */
  readonly #epochs = new Map<string, number>();

  constructor(
    private readonly stream: NodeJS.WritableStream,
    private readonly nameWidth: number,
  ) {}

  begin(model: string, epochs: number): void {
    this.#epochs.set(model, epochs);
  }

  progress(): void {}

  epoch(model: string, metrics: EpochMetrics): void {
    const epochs = this.#epochs.get(model)!;
    const line = epochLine({
      name: model.padEnd(this.nameWidth),
      epoch: metrics.epoch,
      epochs,
      done: metrics.epoch / epochs,
      loss: metrics.trainLoss,
      accuracy: metrics.validationAccuracy,
      imagesPerSecond: metrics.imagesPerSecond,
      time: formatDuration(metrics.seconds),
    });
    this.stream.write(`${line}\n`);
  }

  end(): void {}

  note(line: string): void {
    note(line);
  }

  close(): void {}
}
