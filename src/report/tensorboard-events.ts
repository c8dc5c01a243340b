import { encode } from "fast-png";
import {
  type HyperParameter,
  hyperParametersRecord,
  imageRecord,
  type Moment,
  scalarsRecord,
  sessionEndRecord,
  sessionStatus,
  versionRecord,
} from "../formats/tensorboard/events.js";
import type { Views } from "../inspect/view-types.js";
import type { RunRecord } from "../runs/record-codec.js";
import type { Run } from "../runs/run-folder.node.js";
import { heldOutOf, sectionsOf } from "../runs/run-spec.js";
import type { EpochMetrics } from "../train/metrics.js";
import { recipeArguments } from "../train/recipe-text.js";

/** Name of a run's event file: the same for the same run, and one that TensorBoard looks for. */
export function eventFileName({ started, digest }: RunRecord): string {
  const seconds = Math.floor(Date.parse(started) / 1000);
  return `events.out.tfevents.${seconds}.fovea.${digest.slice(0, 8)}`;
}

/**
 * The bytes of a run's event file, all from the run's own files: curves by epoch, hyper-parameters, and where the run
 * has them the warps of its views. Equal runs give equal bytes.
 */
export function eventFile(run: Run): Uint8Array {
  const { record, metrics } = run;
  const epochs = metrics.map((epoch, index) => epochRecord(record, metrics.slice(0, index), epoch));
  return joined([beginning(record), ...epochs, ending(run)]);
}

/** What an event file begins with: its version, and the hyper-parameters. */
export function beginning(record: RunRecord): Uint8Array {
  const time = Date.parse(record.started) / 1000;
  const start = hyperParametersRecord({ time, step: 0 }, hyperParameters(record));
  return joined([versionRecord(time), start]);
}

/**
 * The curves' values after an epoch. Its time is the run's start and the seconds of all epochs so far.
 *
 * @param before the epochs before
 */
export function epochRecord(
  record: RunRecord,
  before: readonly EpochMetrics[],
  epoch: EpochMetrics,
): Uint8Array {
  return scalarsRecord(momentOf(record, [...before, epoch]), {
    "loss/train": epoch.trainLoss,
    "loss/validation": epoch.validationLoss,
    "accuracy/validation": epoch.validationAccuracy,
    "learning rate": epoch.learningRate,
    "speed/images per second": epoch.imagesPerSecond,
  });
}

/** What an event file ends with: pictures, the result on the test images, and the state of the training. */
export function ending({ record, metrics, views }: Run): Uint8Array {
  const moment = momentOf(record, metrics);
  const { test } = record;
  const pictures = views ? pictureRecords(moment, views) : [];
  const tested = test
    ? [scalarsRecord(moment, { "accuracy/test": test.accuracy, "loss/test": test.loss })]
    : [];
  const end = record.state === "done" ? [sessionEndRecord(moment, sessionStatus.success)] : [];
  return joined([...pictures, ...tested, ...end]);
}

function momentOf({ started }: RunRecord, metrics: readonly EpochMetrics[]): Moment {
  const seconds = metrics.reduce((sum, epoch) => sum + epoch.seconds, 0);
  return { time: Date.parse(started) / 1000 + seconds, step: metrics.at(-1)?.epoch ?? 0 };
}

/** The recipe by the names of the command line, so that runs can be compared by them. */
function hyperParameters(record: RunRecord): Record<string, HyperParameter> {
  const { spec, model, data } = record;
  const { epochs, batchSize, learningRate, patience } = spec.recipe;
  const heldOut = heldOutOf(spec);
  return {
    model,
    data: data.name,
    seed: spec.seed,
    epochs,
    "batch-size": batchSize,
    "learning-rate": learningRate,
    ...(heldOut !== undefined && { validation: heldOut }),
    ...(patience !== undefined && { patience }),
    ...Object.fromEntries(recipeArguments(sectionsOf(spec))),
  };
}

/** Each view's image and, where the network has a transformer, what that makes of it, side by side. */
function pictureRecords(moment: Moment, { channels, rows, columns, images }: Views): Uint8Array[] {
  const kept = channels === 3 ? 3 : 1;
  return images.map(({ pixels, warped, label }) => {
    const shown = warped ? [pixels, warped] : [pixels];
    const width = columns * shown.length;
    const data = new Uint8Array(rows * width * kept);
    shown.forEach((bytes, at) => {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          for (let channel = 0; channel < kept; channel++) {
            const to = (row * width + at * columns + column) * kept + channel;
            data[to] = bytes[(row * columns + column) * channels + channel]!;
          }
        }
      }
    });
    const png = encode({ width, height: rows, data, channels: kept, depth: 8 });
    const tag = `${warped ? "warp" : "image"}/class ${label}`;
    return imageRecord(moment, tag, { rows, columns: width, channels: kept, png });
  });
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
