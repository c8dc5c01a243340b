import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digits } from "../../src/index.js";
import { models } from "../../src/models/index.js";
import { readAuditRecord, recordTraining, runFiles } from "../../src/node.js";
import { fewDigits, interruptFovea, runEach } from "./run-fovea.js";

const counts = { train: 2000, test: 500 };
/** What takes time before an audit begins. */
const loading = "writing the built-in digits\n";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fovea-cli-audit-"));
  const recipe = { epochs: 1, seed: 0, batchSize: 64, learningRate: 0.01 };
  const directory = join(folder, "one");
  await recordTraining({ directory, model: models.cnn, data: digits(counts), ...recipe });
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...commands: string[][]) => runEach(commands, folder, fewDigits(counts));

describe("fovea audit", () => {
  const audit = ["audit", "one", "--threads", "2"];

  it("keeps what it found of a run, and reports show it", () => {
    const [saved, , flagged] = run(
      [...audit, "--only", "noise,selection", "--selection-epochs", "0", "--save"],
      ["report", "one"],
      [...audit, "--only", "noise", "--json", "--fail-on-flag"],
    );
    expect(saved).toMatchObject({ code: 0, stderr: loading });
    const [data, subject, selection, noise, page] = saved!.stdout.trimEnd().split("\n");
    expect(data).toBe("data: digits, the built-in handwriting, as chosen");
    expect(subject).toBe("audit: cnn, best weights of one");
    expect(selection).toBe("pass        selection        one epoch, nothing to choose");
    expect(noise).toMatch(
      /^flag {8}noise {12}[\d.]+ %, 95 % interval [\d.]+ to [\d.]+; one seed shows /,
    );
    expect(page).toBe(`audit: ${join("one", "audit.html")}`);
    const report = readFileSync(join(folder, "one", "report.html"), "utf8");
    expect(report).toContain('<section id="audit">');
    expect(report).toContain("<h3>one: 1 flagged, 1 passed</h3>");

    expect(flagged).toMatchObject({ code: 3, stderr: loading });
    expect(JSON.parse(flagged!.stdout)).toEqual({
      ...readAuditRecord(runFiles(join(folder, "one")).audit),
      checks: [expect.objectContaining({ check: "noise", verdict: "flag" })],
    });
  });

  it("takes a file and an untrained model", () => {
    const only = ["--data", "digits", "--only", "leakage,transformer", "--images", "40"];
    const [, file, untrained] = run(
      ["export", "one", "one.pt"],
      ["audit", "one.pt", ...only, "--fail-on-flag"],
      ["audit", "stn", ...only, "--out", "audit"],
    );
    expect(file).toMatchObject({ code: 0, stderr: loading });
    expect(file!.stdout).toContain("audit: cnn, one.pt\npass        batch leakage ");
    expect(untrained!.stdout).toContain(
      "audit: stn, untrained: checks that need trained weights are not made\n",
    );
    expect(untrained!.stdout).toContain("not tested  transformer      untrained weights\n");
    expect(readdirSync(join(folder, "audit"))).toEqual(["audit.html", "audit.json"]);
  });

  it("leaves nothing when it is stopped", async () => {
    const stopped = await interruptFovea(
      ["audit", "one", "--out", "stopped"],
      folder,
      "audit: cnn",
      1,
      fewDigits(counts),
    );
    expect(stopped.code).toBe(130);
    expect(existsSync(join(folder, "stopped"))).toBe(false);
  });
});
