import type { EpochMetrics } from "../../train/metrics.js";
import { formatDuration } from "./duration.js";
import { epochLine } from "./progress-line.js";
import type { TrainingDisplay } from "./training-display.js";

/** A plain line an epoch. */
export class PlainDisplay implements TrainingDisplay {
  #model = "";
  #epochs = 0;

  constructor(
    private readonly stream: NodeJS.WritableStream,
    private readonly nameWidth: number,
  ) {}

  begin(model: string, epochs: number): void {
    this.#model = model;
    this.#epochs = epochs;
  }

  progress(): void {}

  epoch(metrics: EpochMetrics): void {
    const line = epochLine({
      name: this.#model.padEnd(this.nameWidth),
      epoch: metrics.epoch,
      epochs: this.#epochs,
      done: metrics.epoch / this.#epochs,
      loss: metrics.trainLoss,
      accuracy: metrics.validationAccuracy,
      imagesPerSecond: metrics.imagesPerSecond,
      time: formatDuration(metrics.seconds),
    });
    this.stream.write(`${line}\n`);
  }

  end(): void {}

  note(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  close(): void {}
}
