import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditFigures } from "../../src/report/audit-sections.js";
import { composeReport } from "../../src/report/compose-report.js";
import { auditPage, writeAudit } from "../../src/report/write-audit.node.js";
import { readAuditRecord } from "../../src/runs/audit-file.node.js";
import { fakeAudit } from "./fake-audit.js";
import { fakeRun } from "./fixtures.js";
import { expectWellFormed } from "./well-formed.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-audit-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("writeAudit", () => {
  it("writes what is read again", () => {
    const { json, html } = writeAudit(fakeAudit, join(folder, "new", "audit"));
    expect(readAuditRecord(json)).toEqual(fakeAudit);
    expect(readFileSync(html, "utf8")).toBe(auditPage(fakeAudit));
  });

  it("keeps NaN", () => {
    const [leakage] = fakeAudit.checks;
    const broken = structuredClone(leakage) as Extract<typeof leakage, { check: "leakage" }>;
    Object.assign(broken.figures!.gradient, { largestOther: Number.NaN });
    const { json } = writeAudit({ ...fakeAudit, checks: [broken] }, folder);
    expect(readAuditRecord(json)!.checks).toEqual([broken]);
  });
});

describe("readAuditRecord", () => {
  it("is undefined where there is no file", () => {
    expect(readAuditRecord(join(folder, "none.json"))).toBeUndefined();
  });

  it("names what is wrong", () => {
    const wrong = { ...fakeAudit, checks: [{ check: "noise", verdict: "perhaps", text: "" }] };
    const { json } = writeAudit(wrong as never as typeof fakeAudit, folder);
    expect(() => readAuditRecord(json)).toThrow(
      `${json}: expected valid content (checks.0.verdict: Invalid option: expected one of "pass"|"flag"|"not tested"), got "perhaps"`,
    );
  });
});

describe("auditPage", () => {
  const html = auditPage(fakeAudit);

  it("fetches nothing", () => {
    expect(html.replaceAll(/ xmlns="[^"]*"/g, "")).not.toMatch(
      /https?:|url\(|@import|<script|<link/,
    );
  });

  it("has one row per check, and a section for each check with figures", () => {
    expect(html).toContain("<p>5 flagged, 4 passed, 1 not tested.</p>");
    expect(html.match(/<section id="/g)).toHaveLength(1 + 9);
    expect(html).toContain("100 of 100 images depend on &lt;their&gt; batch");
    expect(html).toContain("bias of the keys: the softmax does not see it");
    expect(html).toContain("trained anew: lowest loss on 5,000 images held out");
    expect(html).toContain(">56,512</td>");
  });

  it("draws leakage and invariances, the inverted contrast left out", () => {
    const figures = auditFigures(fakeAudit);
    expect(figures.map(({ name }) => name)).toEqual(["leakage-mha-batch", "invariance-mha-batch"]);
    for (const { svg, narrow } of figures) {
      expectWellFormed(svg);
      expectWellFormed(narrow!.svg);
      expect(html).toContain(svg);
    }
    const [leakage, invariance] = figures;
    expect(leakage!.narrow!.legend.map(({ label }) => label)).toEqual([
      "file order",
      "shuffled",
      "sorted by class",
    ]);
    expect(invariance!.svg).toContain(">rotation</text>");
    expect(invariance!.svg).not.toContain(">contrast</text>");
  });
});

describe("a report", () => {
  it("has the verdicts of runs that were audited", () => {
    const run = { ...fakeRun("mha-batch", [[0.2, 9400]]), audit: fakeAudit };
    const { html } = composeReport([fakeRun("cnn", [[0.2, 9400]]), run]);
    expect(html).toContain('<section id="audit">\n<h2>Audit</h2>');
    expect(html).toContain("<h3>mha-batch-seed0: 5 flagged, 4 passed, 1 not tested</h3>");
    expect(html.match(/class="verdicts"/g)).toHaveLength(1);
    expect(composeReport([fakeRun("cnn", [[0.2, 9400]])]).html).not.toContain('id="audit"');
  });
});
