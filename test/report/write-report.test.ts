import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { writeReport } from "../../src/report/write-report.node.js";
import { formatEpoch } from "../../src/runs/metrics-codec.js";
import { writeMetrics } from "../../src/runs/metrics-file.node.js";
import { type Run, runFiles, writeModel, writeRecord } from "../../src/runs/run-folder.node.js";
import { writeViews } from "../../src/runs/views-file.node.js";
import { fakeRun, fakeViews, ownRun } from "./fixtures.js";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const pairs: [number, number][] = [
  [0.2, 9400],
  [0.1, 9700],
];
const runs = [fakeRun("cnn", pairs), fakeRun("stn", pairs, { views: fakeViews("places") })];

describe("writeReport", () => {
  it("writes the page, the table and the figures from run folders", async () => {
    const folder = runFolder(runs[1]!);
    const out = join(folder, "report");
    const written = await writeReport([folder], out);
    expect(written).toEqual({ html: join(out, "report.html"), table: join(out, "table.md") });
    expect(readFileSync(written.table, "utf8")).toContain("| stn | 0 | 27,360 |");
    expect(readFileSync(written.html, "utf8")).toContain("<h1>stn on MNIST</h1>");
    expect(readdirSync(join(out, "figures")).sort()).toEqual([
      "accuracy.svg",
      "attention-stn.svg",
      "loss.svg",
      "network-stn.svg",
      "transformer-stn.svg",
    ]);
    expect(readdirSync(out).sort()).toEqual(["figures", "report.html", "table.md"]);
  });

  it("removes figures of an older report, and nothing else", async () => {
    const folder = runFolder(runs[0]!);
    const out = join(folder, "report");
    await writeReport([runFolder(runs[1]!)], out);
    const figures = join(out, "figures");
    for (const name of ["sketch.svg", "transformer-stn.png"]) {
      writeFileSync(join(figures, name), "");
    }
    await writeReport([folder], out);
    expect(readdirSync(figures).sort()).toEqual([
      "accuracy.svg",
      "loss.svg",
      "network-cnn.svg",
      "sketch.svg",
      "transformer-stn.png",
    ]);
  });

  it("removes figures of models with any name", async () => {
    const folder = runFolder(runs[0]!);
    const out = join(folder, "report");
    await writeReport([runFolder(ownRun("My_net.v2", pairs, { views: fakeViews("batch") }))], out);
    expect(readdirSync(join(out, "figures"))).toContain("attention-My_net.v2.svg");
    await writeReport([folder], out);
    expect(readdirSync(join(out, "figures")).sort()).toEqual([
      "accuracy.svg",
      "loss.svg",
      "network-cnn.svg",
    ]);
  });

  it("removes nothing beside a page that is no report", async () => {
    const folder = runFolder(runs[0]!);
    const out = join(folder, "report");
    mkdirSync(join(out, "figures"), { recursive: true });
    writeFileSync(join(out, "figures", "network-stn.svg"), "");
    await writeReport([folder], out);
    expect(readdirSync(join(out, "figures"))).toContain("network-stn.svg");
  });

  it.each([
    [[{ runs: [] }], "run folders, a list, got an object"],
    [[], "run folders, a list, got undefined"],
    [["run", "out"], 'run folders, a list, got "run"'],
    [[[]], "the folder to write to, got undefined"],
  ])("says what it expects, called with %j", async (given, message) => {
    const call = writeReport as (...given: unknown[]) => Promise<unknown>;
    await expect(call(...given)).rejects.toThrow(`writeReport: expected ${message}`);
  });
});

/** A folder with this run in it, removed after the test. */
function runFolder(run: Run): string {
  const folder = mkdtempSync(join(tmpdir(), "fovea-report-"));
  folders.push(folder);
  const files = runFiles(folder);
  writeRecord(folder, run.record);
  writeModel(folder, run.model);
  writeMetrics(files.metrics, run.metrics.map(formatEpoch));
  if (run.views) writeViews(files.views, run.views);
  return folder;
}
