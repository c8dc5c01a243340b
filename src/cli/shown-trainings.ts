import type { RecordTrainingOptions } from "../runs/recording.js";
import type { EngineInfo } from "../train/train-options.js";
import type { Interruption } from "./interruption.js";
import type { TrainingDisplay } from "./terminal/training-display.js";

/** What to say where there is nothing left to train. */
export function allDone(epochs: number): string {
  return `all ${epochs} ${epochs === 1 ? "epoch is" : "epochs are"} done; --epochs ${2 * epochs} goes further`;
}

type Callbacks = Required<
  Pick<RecordTrainingOptions, "onStart" | "onProgress" | "onEpoch" | "onNote">
>;

/** Shows models in training, and says on Ctrl-C which epochs are finished first. */
export class ShownTrainings {
  /** The epoch that runs, by model. */
  readonly #running = new Map<string, number>();
  #engine: EngineInfo | undefined;

  /** @param onEngine called once, before the first step of all, with what computes */
  constructor(
    private readonly display: TrainingDisplay,
    private readonly interruption: Interruption,
    private readonly onEngine: (engine: EngineInfo) => void,
  ) {
    interruption.announce = (line) => display.note(line);
    interruption.beforeQuit = () => display.close();
  }

  /** What a training of a model is to call. */
  callbacks(model: string, epochs: number): Callbacks {
    return {
      onStart: (engine, epochsDone) => {
        if (this.#engine === undefined) this.onEngine(engine);
        this.#engine = engine;
        this.#runs(model, epochsDone + 1);
        this.display.begin(model, epochs, epochsDone);
      },
      onProgress: (progress) => {
        this.#runs(model, progress.epoch);
        this.display.progress(model, progress);
      },
      onEpoch: (metrics) => this.display.epoch(model, metrics),
      onNote: (line) => this.display.note(line),
    };
  }

  /** A model is done, stopped or failed. */
  end(model: string): void {
    this.#running.delete(model);
    this.#announceable();
    this.display.end(model);
  }

  #runs(model: string, epoch: number): void {
    if (this.#running.get(model) === epoch) return;
    this.#running.set(model, epoch);
    this.#announceable();
  }

  #announceable(): void {
    const epochs = [...this.#running].map(([model, epoch]) =>
      this.#running.size > 1 ? `epoch ${epoch} of ${model}` : `epoch ${epoch}`,
    );
    this.interruption.activity = ["finishing", epochs.join(", ")].join(" ").trim();
  }
}
