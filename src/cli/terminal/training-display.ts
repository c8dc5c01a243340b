import type { WriteStream } from "node:tty";
import type { EpochMetrics, TrainProgress } from "../../train/metrics.js";
import { coloursFor } from "./colours.js";
import { LiveDisplay } from "./live-display.js";
import { PlainDisplay } from "./plain-display.js";

/** Shows models in training, several at once. */
export interface TrainingDisplay {
  /** A model begins, or goes on after some epochs. */
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

/** A live line a model on a terminal, a plain line an epoch elsewhere. */
export function trainingDisplay(
  models: readonly string[],
  stream: WriteStream,
  environment: NodeJS.ProcessEnv,
): TrainingDisplay {
  const nameWidth = Math.max(...models.map((name) => name.length));
  return stream.isTTY && environment.TERM !== "dumb"
    ? new LiveDisplay(stream, nameWidth, coloursFor(stream, environment))
    : new PlainDisplay(stream, nameWidth);
}
