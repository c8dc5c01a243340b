import type { EpochMetrics, TrainProgress } from "../../train/metrics.js";

/** Shows models in training, several at once. */
export interface TrainingDisplay {
  /** A model begins, or resumes after some epochs. */
  begin(model: string, epochs: number, epochsDone: number): void;
  progress(model: string, progress: TrainProgress): void;
  epoch(model: string, metrics: EpochMetrics): void;
  /** A model is done, or stopped; nothing happens where it never began. */
  end(model: string): void;
  /** Writes a line to stderr without spoiling what is shown. */
  note(line: string): void;
  /** Gives the terminal back as it was. */
  close(): void;
}
