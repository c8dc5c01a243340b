import { z } from "zod";
import { jsonText } from "../json-text.js";
import { type ConfidenceBin, calibrationBins } from "../stats/calibration.js";
import { checkChecksum, checksumOf } from "./checksum.js";
import { formatJson, parseJson } from "./json.js";
import { figure } from "./json-figure.js";

/** How well confidences agree with accuracies on some images. */
export interface Agreement {
  /** Mean negative log-likelihood, nats. */
  readonly loss: number;
  /** Expected calibration error over 15 bins, 0..1. */
  readonly error: number;
  readonly bins: readonly ConfidenceBin[];
}

/** The temperature of a run's best weights: the content of `calibration.json`. */
export interface CalibrationRecord {
  readonly format: 1;
  /** SHA-256 of the file of weights. */
  readonly weights: string;
  /** Digest of the data. */
  readonly data: string;
  /** What the logarithms of the probabilities are divided by. */
  readonly temperature: number;
  /** Training images that were held out, which it was fitted on. */
  readonly heldOut: {
    readonly images: number;
    readonly before: Agreement;
    readonly after: Agreement;
  };
  /** The test images, which nothing was fitted on. */
  readonly test: { readonly images: number; readonly before: Agreement; readonly after: Agreement };
}

const digest = z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256");
const share = z.number().min(0).max(1.0001);
const agreement = z.strictObject({
  loss: figure,
  error: figure,
  bins: z
    .array(z.strictObject({ images: z.int().nonnegative(), confidence: share, accuracy: share }))
    .length(calibrationBins),
});
const part = z.strictObject({ images: z.int().positive(), before: agreement, after: agreement });

const calibrationSchema = z.object({
  format: z.literal(1),
  weights: digest,
  data: z.string(),
  temperature: z.number().positive(),
  heldOut: part,
  test: part,
  checksum: digest,
});

/** The text of a `calibration.json`, which ends with its checksum. */
export function encodeCalibration(record: CalibrationRecord): string {
  const members = JSON.parse(jsonText(record));
  return formatJson({ ...record, checksum: checksumOf(members) });
}

/** Reads the text of a `calibration.json`; throws as {@link parseJson}, and where its checksum does not fit. */
export function parseCalibration(text: string, where: string): CalibrationRecord {
  const { checksum, ...record } = parseJson(text, calibrationSchema, where);
  checkChecksum(text, checksum, where);
  return record;
}
