import { expect, it } from "vitest";
import { runFaults } from "../../src/runs/run-faults.js";
import { parseViews } from "../../src/runs/views-codec.js";
import { fakeRun, fakeViews, ownRun } from "../report/fixtures.js";

const good = [0.2, 9400] as const;
const bad = [2.3, 1135] as const;
const beside = fakeViews("places");
const elsewhere = {
  ...beside,
  images: beside.images.map((image) => ({ ...image, theta: [1, 0, 5, 0, 1, 0] })),
};

it("a healthy run has no faults", () => {
  expect(runFaults(fakeRun("stn", [good, good], { views: beside }))).toEqual([]);
  expect(runFaults(fakeRun("stn", []))).toEqual([]);
});

it("a run may collapse, fall, and look beside the image", () => {
  expect(runFaults(fakeRun("stn", [good, bad], { views: elsewhere }))).toEqual([
    {
      kind: "collapsed",
      text: "collapsed in epoch 2, with an accuracy near chance: 11.35 % after epoch 2, the last",
    },
    {
      kind: "outside",
      text: "has a transformer that looks beside the image: 100 % of its sample points lie outside",
    },
  ]);
  const [fault] = runFaults(fakeRun("stn", [good, bad, good]));
  expect(fault).toMatchObject({ kind: "fell" });
});

it("chance is that of the run's own data", () => {
  // 4,000 of 10,000 images are of one of three classes.
  expect(runFaults(ownRun("tiny", [[1, 4200]]))).toHaveLength(1);
  expect(runFaults(ownRun("tiny", [[1, 4400]]))).toEqual([]);
});

it("a run that is not a third done may still be at its start", () => {
  expect(runFaults(fakeRun("stn", [bad, bad], { epochs: 6 }))).toEqual([]);
  expect(runFaults(fakeRun("stn", [bad, bad, bad], { epochs: 6 }))).toHaveLength(1);
});

it("the views of a diverged model are read again", () => {
  const images = beside.images.map((image) => ({
    ...image,
    prediction: -1,
    probability: Number.NaN,
    theta: new Array<number>(6).fill(Number.NaN),
    attention: image.attention!.map((view) => ({
      ...view,
      weights: view.weights.map((head) => head.map(() => Number.NaN)),
    })),
  }));
  const views = { ...beside, images };
  expect(parseViews(JSON.stringify(views), "views.json")).toEqual(views);
});
