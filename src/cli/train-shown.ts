import { type RecordTrainingOptions, recordTraining } from "../runs/record-training.js";
import type { Run } from "../runs/run-folder.js";
import type { EngineInfo } from "../train/train.js";
import type { Interruption } from "./interruption.js";
import type { TrainingDisplay } from "./terminal/training-display.js";

/** What to say where there is nothing left to train. */
export function allDone(epochs: number): string {
  return `all ${epochs} ${epochs === 1 ? "epoch is" : "epochs are"} done; --epochs ${2 * epochs} goes further`;
}

/**
 * Trains into a run folder, shows it, and lets Ctrl-C end it after the epoch.
 *
 * @param onEngine called before the first step with what computes
 */
export async function trainShown(
  options: RecordTrainingOptions,
  display: TrainingDisplay,
  interruption: Interruption,
  onEngine: (engine: EngineInfo) => void,
): Promise<Run> {
  interruption.announce = (line) => display.note(line);
  interruption.beforeQuit = () => display.close();
  try {
    return await recordTraining({
      ...options,
      signal: interruption.signal,
      onStart: (engine, epochsDone) => {
        onEngine(engine);
        interruption.activity = `finishing epoch ${epochsDone + 1}`;
        display.begin(options.model, options.epochs, epochsDone);
      },
      onProgress: (progress) => {
        interruption.activity = `finishing epoch ${progress.epoch}`;
        display.progress(progress);
      },
      onEpoch: (metrics) => display.epoch(metrics),
    });
  } finally {
    interruption.activity = "finishing";
    display.end();
  }
}
