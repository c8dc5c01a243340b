import { existsSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../../canonical-json.js";
import { createFolder, removeFolder } from "../../files/folders.node.js";
import { readBytes } from "../../files/read-file.node.js";
import { writeAtomically } from "../../files/write-file.node.js";
import { type Run, runFiles } from "../../runs/run-folder.node.js";
import { sha256 } from "../../sha256.js";
import {
  type ArchivedName,
  archivedNames,
  type FolderArchive,
  packArchive,
  unpackArchive,
} from "./archive.js";

/** The run of a folder as it stands. */
export function archiveFolder(directory: string): FolderArchive {
  const files = new Map<ArchivedName, Uint8Array>();
  for (const name of archivedNames) {
    const path = join(directory, name);
    if (existsSync(path)) files.set(name, readBytes(path, "a run's file"));
  }
  return packArchive(files);
}

/**
 * Makes a folder with what an archive has, in the place of what is there.
 *
 * @param where what the archive is, for messages
 * @throws InputError where the archive is damaged, or the folder cannot be written
 */
export function writeArchive(directory: string, archive: Uint8Array, where: string): void {
  const files = unpackArchive(archive, where);
  removeFolder(directory);
  createFolder(directory);
  for (const [name, bytes] of files) writeAtomically(join(directory, name), bytes);
}

/** Files that a run repeats to the last bit. */
const repeated = ["model", "best", "last", "state", "views", "predictions"] as const;

/** SHA-256 of what a finished run repeats on any machine: its spec, weights, figures and pictures, and no times. */
export function runBits({ directory, record, metrics }: Run): string {
  const paths = runFiles(directory);
  const files = repeated.map((name) =>
    existsSync(paths[name]) ? sha256(readBytes(paths[name], "a run's file")) : "none",
  );
  const figures = metrics.map(({ seconds: _, imagesPerSecond: __, ...rest }) =>
    Object.values(rest).map(String),
  );
  const whole = { spec: record.digest, files, figures, test: canonicalTest(record.test) };
  return sha256(new TextEncoder().encode(canonicalJson(whole)));
}

/** The result on the test images; its loss may be NaN, which JSON has no form for. */
function canonicalTest(test: Run["record"]["test"]): unknown {
  return test && { ...test, loss: String(test.loss) };
}
