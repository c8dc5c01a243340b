import { z } from "zod";
import { InputError } from "../../errors.js";
import { parseJson } from "../../runs/json.js";
import { sha256 } from "../../sha256.js";

/** Some files of a run folder as one piece of bytes: the length of a header, the header as JSON, the files' bytes. */
export type FolderArchive = Uint8Array<ArrayBuffer>;

/** Files that are sent; no other name is ever written. */
export const archivedNames = [
  "run.json",
  "model.json",
  "metrics.csv",
  "best.safetensors",
  "last.safetensors",
  "state.safetensors",
  "views.json",
  "predictions.safetensors",
] as const;

export type ArchivedName = (typeof archivedNames)[number];

const headerSchema = z.strictObject({
  format: z.literal(1),
  files: z
    .array(
      z.strictObject({
        name: z.enum(archivedNames),
        size: z.int().nonnegative(),
        sha256: z.string(),
      }),
    )
    .max(archivedNames.length),
});

export function packArchive(files: ReadonlyMap<ArchivedName, Uint8Array>): FolderArchive {
  const entries = [...files].map(([name, bytes]) => ({
    ...{ name, size: bytes.length, sha256: sha256(bytes) },
  }));
  const header = new TextEncoder().encode(JSON.stringify({ format: 1, files: entries }));
  const size = entries.reduce((sum, entry) => sum + entry.size, 4 + header.length);
  const archive = new Uint8Array(size);
  new DataView(archive.buffer).setUint32(0, header.length, true);
  archive.set(header, 4);
  let at = 4 + header.length;
  for (const bytes of files.values()) {
    archive.set(bytes, at);
    at += bytes.length;
  }
  return archive;
}

/**
 * The files of an archive.
 *
 * @param where what it is, for messages
 * @throws InputError where it is cut off, damaged, or has other files than a run folder
 */
export function unpackArchive(bytes: Uint8Array, where: string): Map<ArchivedName, Uint8Array> {
  const cutOff = new InputError(where, "an archive of a run folder", `${bytes.length} bytes`);
  if (bytes.length < 4) throw cutOff;
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  let at = 4 + length;
  if (at > bytes.length) throw cutOff;
  const text = new TextDecoder().decode(bytes.subarray(4, at));
  const { files } = parseJson(text, headerSchema, where);
  const unpacked = new Map<ArchivedName, Uint8Array>();
  for (const { name, size, sha256: expected } of files) {
    const content = bytes.subarray(at, at + size);
    at += size;
    const found = sha256(content);
    if (found !== expected) {
      const got = found.slice(0, 12);
      throw new InputError(`${where}: ${name}`, `SHA-256 ${expected.slice(0, 12)}`, got);
    }
    unpacked.set(name, content);
  }
  if (at !== bytes.length) throw cutOff;
  return unpacked;
}
