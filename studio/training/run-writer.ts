import type { NamedTensors } from "../../src/graph/tensors.js";
import type { Predictions } from "../../src/inspect/predictions.js";
import type { Views } from "../../src/inspect/view-types.js";
import { formatJson } from "../../src/runs/json.js";
import { formatEpoch, metricsDigest, metricsText } from "../../src/runs/metrics-codec.js";
import { encodeModel } from "../../src/runs/model-codec.js";
import type { RecordedTraining } from "../../src/runs/new-record.js";
import { encodePredictions } from "../../src/runs/predictions-codec.js";
import { encodeRecord, type FileState, type RunRecord } from "../../src/runs/record-codec.js";
import { checkpointOf } from "../../src/runs/recording.js";
import { encodeState } from "../../src/runs/state-codec.js";
import { withEndedPart } from "../../src/runs/training-parts.js";
import { encodeCheckpoint } from "../../src/runs/weights-codec.js";
import { sha256 } from "../../src/sha256.js";
import type { EpochMetrics, TestResult } from "../../src/train/metrics.js";
import type { TrainingState } from "../../src/train/training-state.js";
import { epochFile, type RunFiles } from "./run-files.js";

/** A record that knows the checksums of its files. */
type CheckedRecord = RunRecord & Required<Pick<RunRecord, "files">>;

/** What an epoch leaves. */
export interface FinishedEpoch {
  readonly metrics: EpochMetrics;
  readonly parameters: NamedTensors;
  /** What else the training goes on from; undefined where that is nothing. */
  readonly state: TrainingState | undefined;
  readonly isBest: boolean;
}

/**
 * Writes a run's files, in the order of `EpochFiles` of the library: wherever a tab is closed, each file is one of the
 * two that the record names.
 */
export class RunWriter {
  readonly #lines: string[];
  #record: CheckedRecord;

  private constructor(
    private readonly files: RunFiles,
    private readonly training: RecordedTraining,
    record: CheckedRecord,
    lines: readonly string[],
  ) {
    this.#record = record;
    this.#lines = [...lines];
  }

  /** @param start lines of metrics and checksums of a run that is resumed */
  static async begin(
    files: RunFiles,
    training: RecordedTraining,
    record: RunRecord,
    start: { readonly lines: readonly string[]; readonly state: FileState },
  ): Promise<RunWriter> {
    const model = encodeModel(training.model);
    await files.write("model.json", model);
    await files.write("metrics.csv", metricsText(start.lines));
    const digest = sha256(new TextEncoder().encode(model));
    const checked = { ...record, files: { model: digest, states: [start.state] } };
    const writer = new RunWriter(files, training, checked, start.lines);
    await writer.#writeRecord(checked);
    return writer;
  }

  /** SHA-256 of the last weights. */
  get last(): string | undefined {
    return this.#record.files.states.at(-1)!.last;
  }

  async epoch({ metrics, parameters, state, isBest }: FinishedEpoch): Promise<void> {
    const about = checkpointOf(this.training, metrics.epoch);
    const weights = encodeCheckpoint(parameters, about);
    const encoded = state && encodeState(state, about);
    const before = this.#record.files.states.at(-1)!;
    const line = formatEpoch(metrics);
    const digest = sha256(weights);
    const after: FileState = {
      epoch: metrics.epoch,
      metrics: metricsDigest([...this.#lines, line]),
      ...(encoded && { state: sha256(encoded) }),
      last: digest,
      best: isBest ? digest : before.best,
    };
    await this.#writeRecord(this.#withStates([before, after]));
    this.#lines.push(line);
    await this.files.write("metrics.csv", metricsText(this.#lines));
    if (encoded) await this.files.write("state.safetensors", encoded);
    await this.files.write("last.safetensors", weights);
    if (isBest) await this.files.write("best.safetensors", weights);
    this.#record = this.#withStates([after]);
    await this.files.write(epochFile(metrics.epoch), weights);
  }

  /** What the end of a training leaves; predictions only where it is complete. */
  async end(found: {
    readonly views: Views;
    readonly predictions?: Predictions;
    readonly test?: TestResult;
  }): Promise<void> {
    const { views, predictions, test } = found;
    const text = formatJson(views);
    await this.files.write("views.json", text);
    if (predictions) {
      const source = {
        weights: this.#record.files.states.at(-1)!.best!,
        data: this.training.data.digest,
      };
      await this.files.write("predictions.safetensors", encodePredictions(predictions, source));
    }
    const parts = withEndedPart(this.#record.parts);
    const { files } = this.#record;
    await this.#writeRecord({
      ...this.#record,
      ...(parts && { parts }),
      files: { ...files, views: sha256(new TextEncoder().encode(text)) },
      ...(test && { test }),
      state: predictions ? "done" : "stopped",
    });
  }

  async #writeRecord(record: CheckedRecord): Promise<void> {
    this.#record = record;
    await this.files.write("run.json", encodeRecord(record));
  }

  #withStates(states: FileState[]): CheckedRecord {
    return { ...this.#record, files: { ...this.#record.files, states } };
  }
}
