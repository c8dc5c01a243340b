import { describe, expect, it } from "vitest";
import type { Predictions } from "../../src/inspect/predictions.js";
import { composeReport } from "../../src/report/compose-report.js";
import { predictionsParts } from "../../src/report/predictions-section.js";
import { fakeRun, ownRun } from "./fixtures.js";
import { expectWellFormed } from "./well-formed.js";

/** Predictions of so many classes, 20 images of each, a quarter of them taken for the next class. */
function somePredictions(classes: number, channels = 1): Predictions {
  const labels = Uint8Array.from({ length: 20 * classes }, (_, image) => image % classes);
  const predicted = labels.map((label, image) => (image % 4 === 3 ? (label + 1) % classes : label));
  const confidences = Float32Array.from(labels, (_, image) => 0.5 + (image % 50) / 100);
  const mistakes = Uint32Array.from([3, 7, 11]);
  const pixels = new Uint8Array(3 * 16 * channels).fill(90);
  return {
    rows: 4,
    columns: 4,
    channels,
    classes,
    labels,
    predicted,
    confidences,
    mistakes,
    pixels,
  };
}

const withPredictions = (classes: number) => ({
  ...ownRun("shapes", [[0.5, 9000]]),
  predictions: somePredictions(classes),
});

describe("the section of predictions", () => {
  it("is in the report of a run that has some, and only there, with its figures as files", () => {
    const report = composeReport([withPredictions(3)]);
    const names = ["confusion-shapes", "mistakes-shapes", "calibration-shapes"];
    expect(report.figures.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    expect(report.html).toContain('<section id="predictions">');
    for (const name of names) expect(report.html).toContain(`<figure id="${name}">`);
    expect(composeReport([fakeRun("cnn", [[0.5, 9000]])]).html).not.toContain("predictions");
  });

  it("has the names of classes, escaped, in matrix, table and gallery", () => {
    const [part] = predictionsParts([withPredictions(3)]);
    expect(part!.content).toContain("&lt;star&gt;");
    expect(part!.content).not.toContain("<star>");
    expect(part!.content).toContain("circle → square");
    expect(part!.content).toContain("45 of 60 test images correctly (75.00 %)");
  });

  it("tells every figure as a table, too", () => {
    const { content } = predictionsParts([withPredictions(3)])[0]!;
    for (const label of [
      "Confusion matrix, images",
      "Precision and recall per class",
      "Calibration",
    ]) {
      expect(content).toContain(`aria-label="${label}"`);
    }
  });

  it("tells errors before and after a temperature", () => {
    const bins = Array.from({ length: 15 }, () => ({
      images: 4,
      confidence: 0.75,
      accuracy: 0.74,
    }));
    const agreement = { loss: 1, error: 0.01, bins };
    const part = { images: 60, before: agreement, after: agreement };
    const calibration = {
      ...{
        format: 1 as const,
        weights: "",
        data: "",
        temperature: 1.72,
        heldOut: part,
        test: part,
      },
    } as const;
    const [found] = predictionsParts([{ ...withPredictions(3), calibration }]);
    expect(found!.content).toMatch(
      /calibration error is [\d.]+ %, and 1\.00 % with the temperature 1\.72/,
    );
    expect(found!.figures.at(-1)!.svg).toContain("temperature 1.72, error 1.00 %");
  });

  it.each([1, 2, 10, 28, 29, 100, 256])("draws well-formed pictures of %i classes", (classes) => {
    const { figures } = predictionsParts([withPredictions(classes)])[0]!;
    for (const { svg, narrow } of figures) {
      expectWellFormed(svg);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      if (narrow) expectWellFormed(narrow.svg);
      const width = Number(/ width="(\d+)"/.exec(svg)![1]);
      expect(width).toBeLessThanOrEqual(1000);
    }
  });

  it("of a network without one finite result has no curve to draw, and says so", () => {
    const predictions = somePredictions(3);
    const broken = {
      ...predictions,
      confidences: predictions.confidences.map(() => Number.NaN),
      mistakes: new Uint32Array(),
      pixels: new Uint8Array(),
    };
    const [part] = predictionsParts([{ ...withPredictions(3), predictions: broken }]);
    expect(part!.content).toContain("60 images have no prediction");
    expect(part!.content).not.toMatch(/NaN %|undefined/);
    for (const { svg } of part!.figures) expectWellFormed(svg);
  });
});
