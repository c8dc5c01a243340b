import { existsSync } from "node:fs";
import { jsonText } from "../json-text.js";
import { type AuditRecord, parseAudit } from "./audit-codec.js";
import { readText } from "./read-file.node.js";
import { writeAtomically } from "./write-atomically.node.js";

/** Writes an `audit.json`. */
export function writeAuditRecord(path: string, record: AuditRecord): void {
  writeAtomically(path, `${jsonText(record, 2)}\n`);
}

/** Reads an `audit.json`; undefined where there is none. */
export function readAuditRecord(path: string): AuditRecord | undefined {
  return existsSync(path) ? parseAudit(readText(path, "an audit"), path) : undefined;
}
