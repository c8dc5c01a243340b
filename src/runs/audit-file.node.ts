import { existsSync } from "node:fs";
import { readText } from "../files/read-file.node.js";
import { writeAtomically } from "../files/write-file.node.js";
import { type AuditRecord, encodeAudit, parseAudit } from "./audit-codec.js";
import { mostBytes } from "./json-file.node.js";

/** Writes an `audit.json`. */
export function writeAuditRecord(path: string, record: AuditRecord): void {
  writeAtomically(path, encodeAudit(record));
}

/**
 * Reads an `audit.json`; undefined where there is none.
 *
 * @example
 * const found = readAuditRecord(runFiles("runs/2026-11-23-142530-stn-seed0").audit);
 * console.log(found?.checks);
 */
export function readAuditRecord(path: string): AuditRecord | undefined {
  return existsSync(path) ? parseAudit(readText(path, "an audit", mostBytes), path) : undefined;
}
