import { z } from "zod";
import type { Audit } from "../audit/audit.js";
import type { CheckName } from "../audit/check-names.js";
import { jsonText } from "../json-text.js";
import { checkChecksum, checksumOf } from "./checksum.js";
import { formatJson, parseJson } from "./json.js";
import { figure } from "./json-figure.js";

const count = z.int().nonnegative();
const part = z.number().min(0).max(1);
const digest = z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256");

const chosenEpoch = z.object({ epoch: z.int().positive(), correct: count, total: count });
const distribution = z.object({
  mean: figure,
  deviation: figure,
  least: figure,
  most: figure,
  quantiles: z.tuple([figure, figure, figure, figure, figure]),
});

const finite = z.object({
  tensors: z.array(z.object({ tensor: z.string(), count, size: count })),
  images: count,
  brokenImages: count,
});

const leakage = z.object({
  images: count,
  correctAlone: count,
  arrangements: z.array(
    z.object({
      batchSize: count,
      order: z.enum(["file", "class", "shuffled"]),
      seed: count.optional(),
      correct: count,
      changed: count,
      largestChange: figure,
    }),
  ),
  gradient: z.object({ images: count, largestOwn: figure, largestOther: figure }),
});

const dead = z.object({
  counted: count,
  working: count,
  idle: count,
  images: count,
  groups: z.array(
    z.object({
      tensor: z.string(),
      reason: z.enum(["unused", "softmax", "relu", "input", "zeros", "apart", "unknown"]),
      count,
      size: count,
    }),
  ),
});

const collapse = z.object({
  epochs: count,
  limit: figure,
  collapse: z
    .object({
      epoch: z.int().positive(),
      until: z.int().positive().optional(),
      why: z.enum(["loss", "chance"]),
    })
    .optional(),
});

const selection = z.object({
  history: z
    .object({ epochs: count, best: chosenEpoch, lowestLoss: chosenEpoch, last: chosenEpoch })
    .optional(),
  heldOut: z
    .object({
      epochs: count,
      trainImages: count,
      heldOutImages: count,
      byHeldOut: chosenEpoch,
      byTest: chosenEpoch,
      last: chosenEpoch,
      curve: z.array(z.object({ epoch: count, heldOutLoss: figure, testCorrect: count })),
    })
    .optional(),
});

const noise = z.object({
  correct: count,
  total: count,
  interval: z.tuple([part, part]),
  seeds: count,
  deviation: z.object({ value: part, from: z.enum(["runs", "binomial", "given"]) }),
  visible: z.number(),
  needed: z.array(z.object({ difference: part, seeds: count })),
});

const invariances = z.object({
  images: count,
  correct: count,
  curves: z.array(
    z.object({
      name: z.enum(["shift x", "shift y", "rotation", "scale", "noise", "contrast"]),
      unit: z.string(),
      points: z.array(z.object({ at: z.number(), correct: count })),
    }),
  ),
});

const reproducibility = z.object({
  steps: count,
  build: z.string(),
  trainings: z.array(z.object({ threads: count, digest: z.string() })),
});

const transformer = z.object({
  images: count,
  theta: z.array(distribution),
  parts: z.object({
    rotation: distribution,
    scaleX: distribution,
    scaleY: distribution,
    shear: distribution,
    shiftX: distribution,
    shiftY: distribution,
  }),
  outside: distribution,
  fromIdentity: figure,
});

const attention = z.object({
  images: count,
  over: z.enum(["places", "batch"]),
  heads: z.array(z.object({ block: z.string(), head: count, entropy: figure, largest: figure })),
  pairs: z.array(
    z.object({ block: z.string(), heads: z.tuple([count, count]), divergence: figure }),
  ),
});

/** A check without a schema here fails to compile. */
const figures = {
  finite,
  leakage,
  dead,
  collapse,
  selection,
  noise,
  invariances,
  reproducibility,
  transformer,
  attention,
} satisfies Record<CheckName, z.ZodType>;

function finding<Name extends CheckName, Figures extends z.ZodType>(check: Name, figures: Figures) {
  return z.object({
    check: z.literal(check),
    verdict: z.enum(["pass", "flag", "not tested"]),
    text: z.string(),
    figures: figures.optional(),
  });
}

const auditSchema = z.object({
  /** Version of this file's layout. */
  format: z.literal(1),
  /** `initial values`, `best` of a run, or the file's path. */
  weights: z.string(),
  /** SHA-256 of the run's file of weights; absent where no run was audited, and up to version 0.3. */
  weightsDigest: digest.optional(),
  model: z.string(),
  trained: z.boolean(),
  data: z.object({ name: z.string(), digest: z.string() }),
  images: count,
  seed: count,
  batchSize: count,
  learningRate: z.number(),
  preprocessing: z
    .object({
      mean: z.number().optional(),
      std: z.number().optional(),
      alignCorners: z.boolean().optional(),
    })
    .optional(),
  checks: z.array(
    z.discriminatedUnion("check", [
      finding("finite", figures.finite),
      finding("leakage", figures.leakage),
      finding("dead", figures.dead),
      finding("collapse", figures.collapse),
      finding("selection", figures.selection),
      finding("noise", figures.noise),
      finding("invariances", figures.invariances),
      finding("reproducibility", figures.reproducibility),
      finding("transformer", figures.transformer),
      finding("attention", figures.attention),
    ]),
  ),
  /** SHA-256 of all of the above; absent up to version 0.3. */
  checksum: digest.optional(),
});

/** An audit with what was audited: the content of `audit.json`, and what `fovea audit --json` prints. */
export interface AuditRecord extends Audit {
  readonly format: 1;
  readonly weights: string;
  /** SHA-256 of the run's file of weights. */
  readonly weightsDigest?: string;
}

/** The text of an `audit.json`, which ends with its checksum. */
export function encodeAudit(record: AuditRecord): string {
  // As it is read again: figures that JSON has no form for are texts.
  const members = JSON.parse(jsonText(record));
  return formatJson({ ...record, checksum: checksumOf(members) });
}

/** Reads the text of an `audit.json`; throws as {@link parseJson}, and where its checksum does not fit. */
export function parseAudit(text: string, where: string): AuditRecord {
  const schema: z.ZodType<AuditRecord & { checksum?: string }> = auditSchema;
  const { checksum, ...record } = parseJson(text, schema, where);
  if (checksum !== undefined) checkChecksum(text, checksum, where);
  return record;
}
