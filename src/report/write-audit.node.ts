import { join } from "node:path";
import { createFolder } from "../files/folders.node.js";
import { writeAtomically } from "../files/write-file.node.js";
import { thousands } from "../numbers.js";
import type { AuditRecord } from "../runs/audit-codec.js";
import { writeAuditRecord } from "../runs/audit-file.node.js";
import { checkSections, verdictCounts, verdictTable } from "./audit-sections.js";
import { htmlPage, paragraph } from "./html-page.js";

/** Where an audit was written. */
export interface AuditFiles {
  readonly json: string;
  readonly html: string;
}

/**
 * Writes `audit.json` and `audit.html`, one file that fetches nothing. Each is replaced as a whole.
 *
 * @param directory Created where it does not exist.
 * @throws InputError where it cannot be written
 */
export function writeAudit(record: AuditRecord, directory: string): AuditFiles {
  createFolder(directory);
  const files = { json: join(directory, "audit.json"), html: join(directory, "audit.html") };
  writeAuditRecord(files.json, record);
  writeAtomically(files.html, auditPage(record));
  return files;
}

/** The page of one audit. */
export function auditPage(record: AuditRecord): string {
  const { model, data, weights, trained, images, seed } = record;
  const what = trained ? `weights ${weights}` : "initial values, untrained";
  const lead = [
    paragraph(`${verdictCounts(record)}.`),
    paragraph(
      `${model}, ${what}, on ${data.name} (${data.digest.slice(0, 12)}); ${thousands(images)} test images where a check classifies them many times; seed ${seed}.`,
      "note",
    ),
  ];
  return htmlPage({
    title: `Audit of ${model}`,
    lead: lead.join("\n"),
    sections: [
      { id: "verdicts", title: "Verdicts", content: verdictTable(record) },
      ...checkSections(record),
    ],
  });
}
