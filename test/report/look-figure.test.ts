import { expect, it } from "vitest";
import { chooseHead, chooseImages } from "../../scripts/look-figure/choose.js";
import { drawLooks } from "../../scripts/look-figure/draw.js";
import { digits } from "../../src/data/sources/digits.js";
import { models } from "../../src/models/index.js";
import { evaluate } from "../../src/train/evaluate.js";
import { initialize } from "../../src/train/initialize.js";
import { fakeViews } from "./fixtures.js";
import { expectWellFormed } from "./well-formed.js";

const data = digits({ train: 10, test: 200 });
const model = models.stn.build(data);

/** Initial values, with a transformer that gives every image this theta. */
function tilted(theta: readonly number[]) {
  const parameters = new Map(initialize(model.graph, 0));
  parameters.set("fc_loc.2.bias", { shape: [6], values: Float32Array.from(theta) });
  return parameters;
}

it("images are of different digits, classified right, and fit the picture", async () => {
  const parameters = tilted([1, -0.1, 0, 0, 1, 0]);
  const chosen = await chooseImages({ run: { model }, parameters, data });
  const { correct } = await evaluate({ model, data, parameters });
  expect(correct).toBeGreaterThan(0);
  expect(chosen.length).toBeGreaterThan(0);
  const labels = chosen.map((index: number) => data.test.labels[index]);
  expect(labels).toEqual([...new Set(labels)].sort());

  const wide = tilted([3, -0.1, 0, 0, 3, 0]);
  expect(await chooseImages({ run: { model }, parameters: wide, data })).toEqual([]);
});

it("of the finest attention, the head with the largest weights is shown", () => {
  const views = fakeViews("places");
  const attention = [
    { block: "fine", over: "places", rows: 2, columns: 2, place: 0 },
    { block: "coarse", over: "places", rows: 1, columns: 1, place: 0 },
  ] as const;
  const even = [0.25, 0.25, 0.25, 0.25];
  const weights = [
    [even, [0.7, 0.1, 0.1, 0.1]],
    [[1], [1]],
  ];
  const images = views.images.map((image) => ({
    ...image,
    attention: attention.map((view, at) => ({ ...view, weights: weights[at]! })),
  }));
  expect(chooseHead({ ...views, images })).toMatchObject([
    { block: "fine", head: 2 },
    { block: "fine", head: 2 },
  ]);
});

it("the picture has one column per image and a background of its own", () => {
  const views = fakeViews("places");
  const svg = drawLooks(views, chooseHead(views));
  expectWellFormed(svg);
  expect(svg.match(/<image /g)).toHaveLength(3 * views.images.length);
  expect(svg.match(/<polygon /g)).toHaveLength(2 * views.images.length);
  expect(svg).toMatch(/<rect width="960" height="346" rx="14" fill="#14171c"\/>/);
});
