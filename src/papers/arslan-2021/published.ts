import { InputError } from "../../errors.js";

/** One epoch of a published training curve. */
export interface PublishedEpoch {
  /** Counts from 1, as Fovea's epochs do; the published files count from 0. */
  readonly epoch: number;
  readonly validationLoss: number;
  /** Of 10,000 test images, 0..1. */
  readonly validationAccuracy: number;
}

/** The study's training curves by model. */
export type PublishedCurves = ReadonlyMap<string, readonly PublishedEpoch[]>;

/** What the study prints about one network. */
export interface StudyFigures {
  /** Best test accuracy over 300 epochs, 0..1. */
  readonly bestAccuracy: number;
  /** Parameters as its code counts them, unused ones included. */
  readonly countedParameters: number;
  /** The count that the paper prints, where it differs from that of its code. */
  readonly misprintedAs?: number;
}

/** The only data on which a run can be compared with the study. */
export const publishedData = "mnist";

/** Number of MNIST's test images, on which the study's figures were counted. */
export const publishedTotal = 10_000;

/** The study's recipe, as far as a run records it. */
export const studyEpochs = 300;
export const studyBatchSize = 64;
export const studyLearningRate = 0.01;

const figures: Readonly<Record<string, StudyFigures>> = {
  stn: { bestAccuracy: 0.9932, countedParameters: 27_360 },
  "coordconv-stn": {
    bestAccuracy: 0.9931,
    countedParameters: 37_834,
    misprintedAs: 37_384,
  },
  mha: { bestAccuracy: 0.9934, countedParameters: 25_460 },
  "mha-batch": { bestAccuracy: 0.9934, countedParameters: 25_460 },
};

/** The study's printed figures for a model; undefined where the study has no such network. */
export function studyFigures(model: string): StudyFigures | undefined {
  return Object.hasOwn(figures, model) ? figures[model] : undefined;
}

/**
 * The model whose published curve a model is compared with. The study describes `mha` and published
 * `mha-batch`, so both are compared with the one curve there is.
 */
export function publishedModel(model: string): string | undefined {
  if (model === "mha") return "mha-batch";
  return studyFigures(model) ? model : undefined;
}

/**
 * Reads lines `model,epoch,val_loss,val_correct`. The study counts epochs from 0, Fovea from 1, so 1 is added.
 *
 * @throws InputError for another header, or for a line that is not a name and three numbers
 */
export function parseCurves(text: string): Map<string, PublishedEpoch[]> {
  const [header, ...lines] = text.trim().split(/\r?\n/);
  const expected = "model,epoch,val_loss,val_correct";
  if (header !== expected) {
    throw new InputError("published curves", `the header ${expected}`, String(header));
  }
  const parsed = new Map<string, PublishedEpoch[]>();
  for (const line of lines) {
    const [model, epoch, loss, correct] = line.split(",");
    const numbers = [epoch, loss, correct].map(Number);
    if (!model || numbers.some((value) => !Number.isFinite(value))) {
      throw new InputError("published curves", "a name and three numbers", line);
    }
    const curve = parsed.get(model) ?? [];
    curve.push({
      epoch: numbers[0]! + 1,
      validationLoss: numbers[1]!,
      validationAccuracy: numbers[2]! / publishedTotal,
    });
    parsed.set(model, curve);
  }
  return parsed;
}
