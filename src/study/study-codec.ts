import { z } from "zod";
import { InputError } from "../errors.js";
import { checkChecksum, checkSame, checksumOf } from "../runs/checksum.js";
import { formatJson, parseJson } from "../runs/json.js";
import { runSpecSchema } from "../runs/run-spec.js";
import { parseManifest, type Study, studyDigest } from "./manifest.js";

const digest = z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256");

const recordSchema = z.strictObject({
  /** Version of this file's layout. */
  format: z.literal(1),
  /** The manifest in full form. */
  study: z.unknown(),
  /** SHA-256 of `study`. */
  digest,
  data: z.strictObject({
    /** What to ask for to find it again. */
    choice: z.string(),
    name: z.string(),
    digest: z.string(),
  }),
  /** What rounds: a study has one build alone. */
  engine: runSpecSchema.shape.engine,
  /** The network of each variant: its file is `networks/HASH.json`. */
  networks: z.array(
    z.strictObject({
      variant: z.string(),
      hash: digest,
      options: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])).optional(),
    }),
  ),
  /** SHA-256 of all of the above. */
  checksum: digest,
});

/** The content of a study folder's `study.json`. */
export interface StudyRecord
  extends Omit<z.infer<typeof recordSchema>, "checksum" | "study" | "digest"> {
  readonly study: Study;
}

export function encodeStudy(record: StudyRecord): string {
  const whole = { ...record, digest: studyDigest(record.study) };
  return formatJson({ ...whole, checksum: checksumOf(whole) });
}

/**
 * Reads the text of a `study.json`.
 *
 * @param where the file, for messages
 * @throws InputError naming the first member that is not as it must be
 */
export function decodeStudy(text: string, where: string): StudyRecord {
  const { checksum, digest: recorded, ...record } = parseJson(text, recordSchema, where);
  checkChecksum(text, checksum, where);
  const study = parseManifest(record.study, `${where}: study`);
  checkSame(where, "a study with digest", recorded, studyDigest(study));
  return { ...record, study };
}

/** @throws InputError where a process rounds otherwise than the runs of a study */
export function checkStudyEngine(
  where: string,
  recorded: StudyRecord["engine"],
  own: StudyRecord["engine"],
): void {
  for (const key of ["build", "shards", "revision"] as const) {
    if (recorded[key] === own[key]) continue;
    const expected = `engine ${key} ${recorded[key]}, which its runs have`;
    throw new InputError(where, expected, `${own[key]} here`);
  }
}
