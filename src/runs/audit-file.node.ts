import { existsSync } from "node:fs";
import { type AuditRecord, parseAudit } from "./audit-codec.js";
import { writeJson } from "./json-file.node.js";
import { readText } from "./read-file.node.js";

/** Writes an `audit.json`. */
export function writeAuditRecord(path: string, record: AuditRecord): void {
  writeJson(path, record);
}

/** Reads an `audit.json`; undefined where there is none. */
export function readAuditRecord(path: string): AuditRecord | undefined {
  return existsSync(path) ? parseAudit(readText(path, "an audit"), path) : undefined;
}
