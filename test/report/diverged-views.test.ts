import { expect, it } from "vitest";
import { composeReport } from "../../src/report/compose-report.js";
import { fakeRun, fakeViews } from "./fixtures.js";

it("a run that diverged has a report, which says so, without its attention", () => {
  const views = fakeViews("places");
  const images = views.images.map((image) => ({
    ...image,
    prediction: -1,
    probability: Number.NaN,
    theta: new Array<number>(6).fill(Number.NaN),
    attention: image.attention!.map((view) => ({
      ...view,
      weights: view.weights.map((head) => head.map(() => Number.NaN)),
    })),
  }));
  const run = fakeRun("mha", [[Number.NaN, 980]], { views: { ...views, images } });
  const { html } = composeReport([run]);
  expect(html).toContain("diverged in epoch 1, where its loss stopped being finite");
  expect(html).toContain("Nothing is shown of mha: views.json");
});
