import { describe, expect, it } from "vitest";
import { accuracyFigure } from "../../src/report/accuracy-figure.js";
import { attentionFigure } from "../../src/report/attention-figure.js";
import { composeReport } from "../../src/report/compose-report.js";
import { lossFigure } from "../../src/report/loss-figure.js";
import { standaloneSvg } from "../../src/report/markup.js";
import { transformerFigure } from "../../src/report/transformer-figure.js";
import { fakeRun, fakeViews, ownRun } from "./fixtures.js";
import { expectWellFormed } from "./well-formed.js";

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
    expect(html.indexOf(">lowest loss</th>")).toBeLessThan(html.indexOf(">parameters</th>"));
    const [loss] = figures;
    expect(loss!.narrow!.legend.map((entry) => entry.label)).toContain("stn");
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
      "transformer-stn",
      "transformer-mha",
      "transformer-mha-batch",
      "attention-stn",
      "attention-mha",
      "attention-mha-batch",
      "network-cnn",
      "network-stn",
      "network-mha-mha-batch",
    ]);
    for (const figure of figures) {
      expectWellFormed(figure.svg);
      expectWellFormed(standaloneSvg(figure));
      expect(html).toContain(figure.svg);
    }
  });

  it("gives the interval and the commands", () => {
    expect(html).toContain(
      "an accuracy of 97.00 % has a 95 % interval from 96.65 to 97.32 % (Wilson&#39;s)",
    );
    expect(html).toContain("fovea train mha-batch --epochs 2 --seed 0 --data mnist");
  });

  it("knows no paper, and has its sections in the order of a reader's questions", () => {
    expect(html).not.toMatch(/study|published|Claims/i);
    expect(html.match(/<section id="\w+"/g)).toEqual(
      ["results", "curves", "transformers", "attention", "networks", "configuration"].map(
        (id) => `<section id="${id}"`,
      ),
    );
  });

  it("has one colour per model, defined in the page and in each figure", () => {
    for (const { record } of runs) {
      expect(html).toMatch(new RegExp(`--model-${record.model}:#`));
      for (const figure of figures) {
        expect(standaloneSvg(figure)).toMatch(new RegExp(`--model-${record.model}:#`));
      }
    }
  });

  it("has the same text every time", () => {
    expect(composeReport(runs)).toEqual(composeReport(runs));
  });
});

describe("empty states", () => {
  it("say that no epoch has ended", () => {
    const { html, figures } = composeReport([fakeRun("stn", [])]);
    expect(html).toContain("No epoch has ended yet");
    expect(html).toContain("Nothing is shown of stn");
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
  const views = fakeViews("places");
  const images = views.images.map((image, index) => {
    return { ...image, label: 2 * index, prediction: index };
  });
  const own = ownRun("tiny.net", pairs, { views: { ...views, images } });

  it("gets its own figures", () => {
    const { figures } = composeReport([...runs, own]);
    expect(figures.map(({ name }) => name)).toContain("loss-shapes-2");
  });

  it("uses its own names, and no word of other data", () => {
    const { html, table, figures } = composeReport([own]);
    expect(html + table).not.toMatch(/mnist|digit|study|published/i);
    expect(html).toContain("3 classes (circle, square, &lt;star&gt;)");
    for (const kind of ["transformer", "attention"]) {
      const { svg } = figures.find(({ name }) => name === `${kind}-tiny.net`)!;
      expect(svg).toContain(">circle → circle</text>");
      expect(svg).toContain(">&lt;star&gt; → square</text>");
      expect(svg).toContain(">image 1 · 90.0 %</text>");
      expectWellFormed(svg);
    }
  });

  it("has no command where none can repeat it", () => {
    const { html } = composeReport([own]);
    expect(html).not.toContain("fovea train");
    expect(html).toContain("No command repeats tiny.net (seed 0), as the network is not of the");
  });
});

describe("runs that went wrong", () => {
  const fell = fakeRun("stn", [...pairs, [2.3, 1135]], { seed: 4 });
  const { html } = composeReport([fakeRun("cnn", pairs), fell]);

  it("are named in the header, in their row and below the table", () => {
    const words =
      "collapsed in epoch 3, with an accuracy near chance: 11.35 % after epoch 3, the last.";
    expect(html).toContain(
      `<p class="caveat fault">Some trainings went wrong. stn (seed 4) ${words}</p>`,
    );
    expect(html).toContain('<th scope="row" class="flag">stn !</th>');
    expect(html).toContain('<th scope="row">cnn</th>');
    expect(html).toContain(`<p class="note">! stn, seed 4, ${words}</p>`);
  });

  it("are not looked for among healthy ones", () => {
    expect(composeReport(runs).html).not.toMatch(/class="[^"]*(?:fault|flag)/);
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
