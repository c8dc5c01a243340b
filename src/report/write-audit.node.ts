import { join } from "node:path";
import { createFolder } from "../files/folders.node.js";
import { writeAtomically } from "../files/write-file.node.js";
import { thousands } from "../numbers.js";
import type { AuditRecord } from "../runs/audit-codec.js";
import { writeAuditRecord } from "../runs/audit-file.node.js";
import { checkSections, verdictCounts, verdictTable } from "./audit-sections.js";
import { htmlPage, paragraph } from "./html-page.js";

/** Paths of the files of an audit. */
export interface AuditFiles {
  readonly json: string;
  readonly html: string;
}

/**
 * Writes `audit.json` and `audit.html`, a page in one file that loads nothing else. Files are replaced
 * atomically.
 *
 * @param directory Created if it does not exist.
 * @throws InputError where it cannot be written
 * @example
 * const found = await audit({ model, data, parameters, only: ["finite"] });
 * const { html } = writeAudit({ format: 1, weights: "mine", ...found }, "audit");
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
  const { mean, std, alignCorners } = record.preprocessing ?? {};
  const input = [
    mean === undefined ? "" : `, (x / 255 − ${mean}) / ${std}`,
    alignCorners === undefined ? "" : `, align corners ${alignCorners ? "on" : "off"}`,
  ].join("");
  const lead = [
    paragraph(`${verdictCounts(record)}.`),
    paragraph(
      `${model}, ${what}, on ${data.name} (${data.digest.slice(0, 12)})${input}; ${thousands(images)} test images where a check classifies them many times; seed ${seed}.`,
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
