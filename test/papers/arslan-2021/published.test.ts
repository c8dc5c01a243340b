import { describe, expect, it } from "vitest";
import {
  publishedBestWithin,
  publishedCurves,
} from "../../../src/papers/arslan-2021/curves.node.js";
import { curvesBeside } from "../../../src/papers/arslan-2021/curves-beside.node.js";
import { parseCurves, studyFigures } from "../../../src/papers/arslan-2021/published.js";
import { lossCurves } from "../../../src/report/epoch-data.js";
import { epochTicks, logTicks, runningMedian } from "../../../src/report/epoch-plot.js";
import { fakeRun } from "../../report/fixtures.js";

describe("published curves", () => {
  it("start at epoch 1 and hold 300 epochs of three models", () => {
    const curves = publishedCurves();
    expect([...curves.keys()].sort()).toEqual(["coordconv-stn", "mha-batch", "stn"]);
    for (const curve of curves.values()) {
      expect(curve).toHaveLength(300);
      expect(curve[0]!.epoch).toBe(1);
      expect(curve.at(-1)!.epoch).toBe(300);
    }
    expect(curves.get("stn")![0]).toEqual({
      epoch: 1,
      validationLoss: 0.1961,
      validationAccuracy: 0.9435,
    });
    expect(curves.get("coordconv-stn")![218]).toMatchObject({
      epoch: 219,
      validationAccuracy: 0.625,
    });
  });

  it("have the printed accuracies as their best", () => {
    for (const model of ["stn", "coordconv-stn", "mha", "mha-batch"]) {
      expect(publishedBestWithin(model, 300)).toBe(studyFigures(model)!.bestAccuracy);
    }
    expect(publishedBestWithin("stn", 1)).toBe(0.9435);
    expect(publishedBestWithin("cnn", 300)).toBeUndefined();
  });

  it("name what is wrong in a file", () => {
    expect(() => parseCurves("a,b\n")).toThrow(
      "published curves: expected the header model,epoch,val_loss,val_correct, got a,b",
    );
    expect(() => parseCurves("model,epoch,val_loss,val_correct\nstn,0,x,1\n")).toThrow(
      "published curves: expected a name and three numbers, got stn,0,x,1",
    );
  });
});

describe("the study's curves beside runs", () => {
  it("are published epochs under the same epochs of the run", () => {
    const runs = [
      fakeRun("stn", [
        [0.2, 9400],
        [0.1, 9700],
      ]),
    ];
    const { series } = lossCurves(runs, curvesBeside(runs))!;
    expect(series.map(({ label, published }) => [label, published])).toEqual([
      ["stn, published", true],
      ["stn", false],
    ]);
    expect(series[0]!.points).toEqual([
      { epoch: 1, value: 0.1961 },
      { epoch: 2, value: 0.1235 },
    ]);
    expect(series[1]!.points).toEqual([
      { epoch: 1, value: 0.2 },
      { epoch: 2, value: 0.1 },
    ]);
  });

  it("have the curve of mha-batch once beside mha and mha-batch", () => {
    const runs = [fakeRun("mha", [[0.2, 9400]]), fakeRun("mha-batch", [[0.2, 9400]])];
    const { series } = lossCurves(runs, curvesBeside(runs))!;
    expect(series.map((line) => line.label)).toEqual(["mha-batch, published", "mha", "mha-batch"]);
  });

  it.each([
    ["on other data", fakeRun("stn", [[0.2, 9400]], { data: "digits" })],
    ["of a network that it does not have", fakeRun("cnn", [[0.2, 9400]])],
    ["with another recipe", fakeRun("stn", [[0.2, 9400]], { recipe: { batchSize: 32 } })],
  ])("are none for a run %s", (_, run) => {
    expect(curvesBeside([run])).toEqual({ curves: [], remark: "" });
  });
});

describe("axes", () => {
  it("have whole epochs", () => {
    expect(epochTicks(1)).toEqual([1]);
    expect(epochTicks(5)).toEqual([1, 2, 3, 4, 5]);
    expect(epochTicks(300)).toEqual([1, 25, 50, 75, 100, 125, 150, 175, 200, 225, 250, 275, 300]);
  });

  it("have round losses", () => {
    expect(logTicks(0.02, 3)).toEqual([0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]);
    expect(logTicks(0.06, 0.21)).toEqual([0.06, 0.08, 0.1, 0.15, 0.2]);
  });

  it("smooth by the median of what there is", () => {
    const points = [5, 1, 9, 2].map((value, index) => ({ epoch: index + 1, value }));
    expect(runningMedian(points, 3).map((point) => point.value)).toEqual([3, 5, 2, 5.5]);
  });
});
