import { describe, expect, test } from "vitest";
import type { Figure } from "../../../src/report/markup.js";
import { resolvedSvg } from "../../../src/report/resolved-svg.js";
import type { ReportedStudy } from "../../../src/report/study/reported-study.js";
import { withShortNames } from "../../../src/report/study/short-names.js";
import {
  figuresJson,
  studyFigureNames,
  studyFigures,
  studyFiguresData,
} from "../../../src/report/study/study-figures.js";
import { studyMarkdown, studyPage } from "../../../src/report/study-report.js";
import { expectWellFormed } from "../well-formed.js";
import { planted, plantedPredictions, plantedStudy } from "./planted.js";

const names = (study: ReportedStudy) => studyFigures(study).map(({ name }) => name);
const figure = (study: ReportedStudy, name: string): Figure =>
  studyFigures(study).find((each) => each.name === name)!;

/** The study with predictions: of image 1, only stn is right; of image 4, all are. */
function withPredictions(): ReportedStudy {
  const study = plantedStudy();
  return {
    ...study,
    predictions: plantedPredictions(study, (model, _, image) => image === 1 && model !== "stn"),
  };
}

/** Four learning rates and two widths of one model. */
function grid(): ReportedStudy {
  return planted(
    [0.001, 0.01, 0.1, 1].flatMap((learningRate) =>
      [8, 16].map((width) => ({
        name: `residual_learningRate=${learningRate}_width=${width}_and.more.of.it`,
        values: [90 + Math.log10(learningRate), 91 + width / 10],
        settings: { learningRate, width, epochs: 4 },
        ...(learningRate === 1 && { endings: { 0: "pruned", 1: "pruned" } as const }),
      })),
    ),
  );
}

describe("a study's figures", () => {
  test("are there where their data are, and no others", () => {
    expect(names(withPredictions())).toEqual([
      ...["seeds", "differences", "power", "curves", "stability", "cost", "ranks", "disagreements"],
    ]);
    expect(names(grid())).toContain("settings");
    expect(names(planted([{ name: "cnn", values: [98] }]))).toEqual(["seeds", "curves"]);
    expect(names(planted([]))).toEqual([]);
    const failed = planted([{ name: "cnn", values: [0], endings: { 0: "failed" } }]);
    expect(names(failed)).toEqual([]);
    const all = [...names(withPredictions()), ...names(grid())];
    expect(new Set(all)).toEqual(new Set(studyFigureNames));
  });

  test("are well-formed on pages and alone, wide and narrow, with a text for screen readers", () => {
    for (const each of [...studyFigures(withPredictions()), ...studyFigures(grid())]) {
      for (const svg of [each.svg, each.narrow!.svg, resolvedSvg(each)]) {
        expectWellFormed(svg);
        expect(svg).toContain('role="img"');
        expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      }
      expect(each.narrow!.svg).toMatch(/ width="3[56]\d"/);
    }
  });

  test("alone have plain colours that follow a dark scheme", () => {
    for (const each of studyFigures(withPredictions())) {
      const svg = resolvedSvg(each);
      expect(svg).not.toContain("var(");
      expect(svg).toContain('[fill="#ffffff"]{fill:#15181c}');
      expect(svg).toContain("<title>");
    }
  });

  test("are the same for the same study", () => {
    expect(studyPage(plantedStudy())).toBe(studyPage(plantedStudy()));
  });
});

describe("the figure of", () => {
  test("seeds shows every run, collapsed and failed ones too", () => {
    const { svg, caption } = figure(plantedStudy(), "seeds");
    expect(svg).toContain("11.35 %");
    expect(svg).toContain("3 seeds, 1 collapsed, 1 failed");
    // Seed 3 has failed for one model: the others' runs of it are in no mean.
    expect(svg.match(/3 of 4 seeds/g)).toHaveLength(2);
    expect(caption).toContain("Faint: seeds that another model has no accuracy for");
  });

  test("differences has a line at 0, the band that does not matter, and the verdicts", () => {
    const study = planted([
      { name: "a", values: [98.1, 98.2, 98.15, 98.3] },
      { name: "b", values: [98.61, 98.75, 98.6, 98.8] },
    ]);
    const { svg } = figure({ ...study, difference: 0.1 }, "differences");
    expect(svg).toContain("a − b");
    expect(svg).toContain("−0.50");
    expect(svg).toContain("b is better");
    expect(svg.match(/<rect/g)).toHaveLength(1);
    expect(figure(study, "differences").svg).not.toContain("<rect");
  });

  test("differences has long names whole, on two lines, and remarks that end within it", () => {
    const [one, other] = ["transformer-rate-0.1", "transformer-penalty-0.1"];
    const study = planted([
      { name: one, values: [98.1, 98.2, 98.15, 98.3] },
      { name: other, values: [98.61, 98.75, 98.6, 98.8] },
    ]);
    const { svg, narrow } = figure(study, "differences");
    expect(svg).toMatch(
      new RegExp(`>${one}<tspan [^>]+>− ${other}</tspan><title>${one} − ${other}<`),
    );
    const lines = [...svg.matchAll(/<text [^>]*font-size="12"[^>]*>([^<]+)</g)].map(
      ([, text]) => text!,
    );
    expect(lines.some((line) => line.startsWith("p "))).toBe(true);
    expect(lines).toContain("is better");
    for (const line of lines) expect(line.replace("&lt;", "<").length).toBeLessThanOrEqual(34);
    expect(narrow!.svg).toMatch(/>transf…r-rate-0\.1 − tran…enalty-0\.1</);
  });

  test("curves draws collapsed runs apart, and pruned ones to where they end", () => {
    const { caption, svg } = figure(plantedStudy(), "curves");
    expect(caption).toContain("in no median (mha<2>, seed 1)");
    expect(svg).toContain("mha&lt;2&gt;, 1 collapsed");
    expect(figure(grid(), "curves").caption).toContain("4 runs that the search stopped there");
  });

  test("cost names models, and the means that lie beyond its axis", () => {
    const { svg } = figure(plantedStudy(), "cost");
    for (const text of ["Parameters", "Time", "cnn", "stn"]) expect(svg).toContain(text);
    expect(svg).toMatch(/mha&lt;2&gt; 69\.\d\d %/);
  });

  test("disputed images says how many seeds of each model are right", () => {
    const { svg, caption } = figure(withPredictions(), "disagreements");
    expect(svg).toContain("test image 1");
    expect(svg).not.toContain("test image 4");
    expect(svg).toContain("0/4");
    expect(svg).toContain("4/4");
    expect(svg).toContain("1, taken for 2");
    expect(caption).toContain("of 1 that models disagree on among the 3 images");
    const named = { ...withPredictions(), classNames: ["zero", "one", "two"] };
    expect(figure(named, "disagreements").svg).toContain("one, taken for two");
  });

  test("settings has an axis per setting, and one for the accuracy", () => {
    const { svg } = figure(grid(), "settings");
    for (const text of ["learningRate", "width", "accuracy"]) expect(svg).toContain(text);
    expect(svg).not.toContain("epochs");
  });
});

describe("a study's page", () => {
  test("begins with the answer, and names what went wrong", () => {
    const study = planted([
      { name: "a", values: [98.1, 98.2, 98.15, 98.3] },
      { name: "b", values: [98.61, 98.75, 98.6, 98.8], endings: { 2: "failed" } },
    ]);
    const page = studyPage(study);
    expect(page).toMatch(/<p class="answer">b is better than a by 0\.\d\d points \(95 % interval/);
    expect(page).toContain("1 run failed and has no accuracy (b, seed 2).");
    expect(page).toContain("no memory is left");
    expectWellFormed(page.replace(/<style>[\s\S]*?<\/style>|<!doctype html>|<meta[^>]*>/g, ""));
    const text = studyMarkdown(study, (name) => `figures/${name}.svg`);
    expect(text).toContain("![Accuracy of every seed](figures/seeds.svg)");
    expect(studyMarkdown(study)).not.toContain("![");
    expect(text).toContain("fovea study study.json");
  });

  test("of many models tells the best one's lead", () => {
    const study = planted(
      ["a", "b", "c", "d"].map((name, at) => ({
        name,
        values: [88, 88.1, 88.05, 87.95].map((value, seed) => value + at * at + 0.01 * seed * at),
      })),
    );
    expect(studyPage(study)).toMatch(
      /answer">d has the highest mean, [\d.]+ % .* over 4 seeds\. It is better than a, b and c, after correction for 6 pairs\. Of all 6 pairs, 6 are settled\./,
    );
  });

  test("without any run says so", () => {
    expect(studyPage(planted([]))).toContain("No run has ended with an accuracy yet.");
  });

  test("of a grid names models by their settings", () => {
    const study = withShortNames(grid());
    expect(study.models[0]!.name).toBe("0.001 · 8");
    expect(study.naming).toBe("Models are named by their learningRate and width.");
    expect(study.sentences[0]).toContain("0.001 · 8");
    expect(studyPage(study)).toContain("Models are named by");
    expect(withShortNames(plantedStudy()).naming).toBeUndefined();
  });

  test("keeps names that were given, without the beginning that all have", () => {
    const named = (names: readonly string[]) =>
      withShortNames(
        planted(
          names.map((name, at) => ({
            ...{ name, values: [90 + at, 90.1 + at] },
            settings: { learningRate: 0.01 * (at + 1), clip: at },
          })),
        ),
      );
    const long = [
      "coordconv-stn",
      "coordconv-stn-rate-0.1",
      "coordconv-stn-learning-rate-0.01",
      "coordconv-stn-clip-1",
    ];
    const study = named(long);
    const short = ["coordconv-stn", "rate-0.1", "learning-rate-0.01", "clip-1"];
    expect(study.models.map(({ name }) => name)).toEqual(short);
    expect(study.runs.map(({ model }) => model)).toContain("rate-0.1");
    expect(study.naming).toContain("without “coordconv-stn”");
    // No grid varies settings of one model: there is nothing to draw by them.
    expect(names(study)).not.toContain("settings");
    const others = ["a-network-of-my-own-making", "a-networks-name"];
    expect(named(others).models.map(({ name }) => name)).toEqual(others);
    // One would be the other.
    const twice = ["network", "network-network", "network-with-a-name-that-is-long"];
    expect(named(twice).models.map(({ name }) => name)).toEqual(twice);
  });
});

test("the data of the figures are plain JSON", () => {
  const json = figuresJson(studyFiguresData(withPredictions()));
  const text = JSON.stringify(json);
  expect(JSON.parse(text)).toMatchObject({
    settings: null,
    disagreements: { images: [{ image: 1, label: 1, mistake: 2 }] },
  });
  expect(text).not.toContain("pixels");
});
