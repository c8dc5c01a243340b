import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { accuracyFigure } from "../../src/report/accuracy-figure.js";
import { attentionFigure } from "../../src/report/attention-figure.js";
import { lossFigure } from "../../src/report/loss-figure.js";
import { standaloneSvg } from "../../src/report/markup.js";
import { transformerFigure } from "../../src/report/transformer-figure.js";
import { composeReport, writeReport } from "../../src/report/write-report.node.js";
import { appendMetrics, createMetrics } from "../../src/runs/metrics-file.node.js";
import { type Run, runFiles, writeRecord } from "../../src/runs/run-folder.node.js";
import { writeViews } from "../../src/runs/views-file.node.js";
import { fakeRun, fakeViews } from "./fixtures.js";
import { expectWellFormed } from "./well-formed.js";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const pairs: [number, number][] = [
  [0.2, 9400],
  [0.1, 9700],
];
const runs = [
  fakeRun("cnn", pairs),
  fakeRun("stn", pairs, { views: fakeViews("places") }),
  fakeRun("mha", pairs, { views: fakeViews("places") }),
  fakeRun("mha-batch", pairs, { views: fakeViews("batch") }),
];

function escaped(text: string): string {
  return text.replaceAll(/[()]/g, "\\$&");
}

describe("composeReport", () => {
  const { html, figures } = composeReport(runs);

  it("fetches nothing", () => {
    const addresses = html.replaceAll(/ xmlns(:\w+)?="[^"]*"/g, "");
    expect(addresses).not.toMatch(/https?:|url\(|@import|<script|<link|<iframe/);
    for (const [, address] of addresses.matchAll(/(?:src|href)="([^"]*)"/g)) {
      expect(address).toMatch(/^(#|data:image\/png;base64,)/);
    }
  });

  it("is a page for phones and for dark screens", () => {
    expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    expect(html).toContain("prefers-color-scheme:dark");
  });

  it("shows accuracy beside the models and a legend above narrow curves", () => {
    expect(html.indexOf(">lowest loss</th>")).toBeLessThan(html.indexOf(">working</th>"));
    const [loss] = figures;
    expect(loss!.narrow!.legend.map((entry) => entry.label)).toContain("stn, published");
    for (const { label, color } of loss!.narrow!.legend) {
      expect(html).toMatch(new RegExp(`<li style="color:${escaped(color)}"[^>]*>${label}</li>`));
    }
    expectWellFormed(loss!.narrow!.svg);
    expect(html).toContain(loss!.narrow!.svg);
  });

  it("escapes what it was given", () => {
    expect(html).not.toContain("<b>");
    expect(html).toContain("Processor &lt;b&gt;&amp;&quot;&#39;");
  });

  it("names every figure once and draws each well-formed, alone and in the page", () => {
    const names = figures.map((figure) => figure.name);
    expect(names).toEqual([
      "loss",
      "accuracy",
      "network-cnn",
      "network-stn",
      "network-mha-mha-batch",
      "transformer-stn",
      "transformer-mha",
      "transformer-mha-batch",
      "attention-stn",
      "attention-mha",
      "attention-mha-batch",
    ]);
    for (const figure of figures) {
      expectWellFormed(figure.svg);
      expectWellFormed(standaloneSvg(figure));
      expect(html).toContain(figure.svg);
    }
  });

  it("gives the interval and the command", () => {
    expect(html).toContain(
      "an accuracy of 97.00 % has a 95 % interval from 96.65 to 97.32 % (Wilson&#39;s)",
    );
    expect(html).toContain(
      "fovea reproduce --models cnn,stn,mha,mha-batch --epochs 2 --seed 0 --data mnist",
    );
  });

  it("has the same text every time", () => {
    expect(composeReport(runs)).toEqual(composeReport(runs));
  });
});

describe("empty states", () => {
  it("say that no epoch has ended", () => {
    const { html, figures } = composeReport([fakeRun("stn", [])]);
    expect(html).toContain("No epoch has ended yet");
    expect(html).toContain("No test images were recorded for stn");
    expect(figures.map((figure) => figure.name)).toEqual(["network-stn"]);
    expect(composeReport([]).html).toContain("There are no runs in this report.");
  });

  it("draw a single epoch", () => {
    const figure = lossFigure([fakeRun("stn", [[0.2, 9400]])])!;
    expectWellFormed(figure.svg);
    expect(figure.svg).not.toContain("NaN");
  });

  it("draw an accuracy of 1 and a loss that diverged", () => {
    const run = fakeRun("stn", [
      [0.2, 10_000],
      [Number.NaN, 980],
    ]);
    expect(accuracyFigure([run])!.svg).not.toMatch(/NaN|Infinity/);
    expect(lossFigure([run])!.svg).not.toMatch(/NaN|Infinity/);
  });

  it("give no views where there are none", () => {
    expect(transformerFigure(runs[0]!)).toBeUndefined();
    expect(attentionFigure(runs[0]!)).toBeUndefined();
  });
});

describe("other data", () => {
  it("gets its own figures and no published curve", () => {
    const digits = fakeRun("stn", pairs, { data: "digits" });
    const { figures } = composeReport([...runs, digits]);
    const loss = figures.find((figure) => figure.name === "loss-digits-2")!;
    expect(loss.svg).not.toContain("published");
    expect(loss.caption).toContain("left out beside digits");
  });
});

describe("long runs", () => {
  it("end single bad epochs at the edge and name the worst", () => {
    const long = Array.from({ length: 100 }, (_, index): [number, number] => [
      index === 49 ? 30 : 0.05,
      index === 49 ? 1000 : 9900,
    ]);
    expect(lossFigure([fakeRun("cnn", long)])!.svg).toContain("30 in epoch 50");
    expect(accuracyFigure([fakeRun("cnn", long)])!.svg).toContain("10 % in epoch 50");
  });
});

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

  it("removes nothing beside a page that is no report", async () => {
    const folder = runFolder(runs[0]!);
    const out = join(folder, "report");
    mkdirSync(join(out, "figures"), { recursive: true });
    writeFileSync(join(out, "figures", "network-stn.svg"), "");
    await writeReport([folder], out);
    expect(readdirSync(join(out, "figures"))).toContain("network-stn.svg");
  });
});

/** A folder with this run in it, removed after the test. */
function runFolder(run: Run): string {
  const folder = mkdtempSync(join(tmpdir(), "fovea-report-"));
  folders.push(folder);
  const files = runFiles(folder);
  writeRecord(folder, run.record);
  createMetrics(files.metrics);
  for (const epoch of run.metrics) appendMetrics(files.metrics, epoch);
  if (run.views) writeViews(files.views, run.views);
  return folder;
}
