import { expect, it } from "vitest";
import * as fovea from "../../src/index.js";
import { networkFigures } from "../../src/report/network-figure.js";

/** A network with most ops that the catalogue does not use. */
const general = fovea.defineModel("general", (image, { classes }) => {
  let x = fovea.conv2d(image, "conv", { outChannels: 4, kernelSize: 5 }); // [4, 24, 24]
  const theta = fovea.linear(fovea.globalMaxPool2d(x), "theta", { outFeatures: 8 });
  const projective = fovea.projectiveGrid(theta, { rows: 24, columns: 24 });
  x = fovea.gridSample(x, projective, { paddingMode: "border" });
  const points = fovea.linear(fovea.globalAvgPool2d(x), "points", { outFeatures: 8 });
  const spline = fovea.thinPlateSplineGrid(points, { rows: 6, columns: 6 });
  x = fovea.gridSample(x, spline, { paddingMode: "reflection" }); // [4, 6, 6]
  x = fovea.mul(x, fovea.sigmoid(fovea.globalAvgPool2d(x)));
  const gate = fovea.sigmoid(fovea.sub(fovea.channelMean(x), fovea.channelMax(x)));
  x = fovea.div(fovea.mul(x, gate), 2);
  const bias = { name: "bias" };
  const attended = fovea.windowAttention(x, x, x, { heads: 2, window: 3, bias });
  x = fovea.add(x, fovea.dropPath(attended, 0.1));
  x = fovea.interpolate(x, { scaleFactor: 2, mode: "bilinear" }); // [4, 12, 12]
  x = fovea.maxPool2d(x, { kernelSize: 3, stride: 2, padding: 1 }); // [4, 6, 6]
  x = fovea.reshape(fovea.avgPool2d(x, 2), [4, 1, 9]);
  x = fovea.concat([fovea.parameter(x, "token", { shape: [4, 1, 1] }), x], 2); // [4, 1, 10]
  const tokens = fovea.reshape(fovea.softmax(x), [4, 10]);
  const products = fovea.matmul(tokens, fovea.transpose(tokens, 0, 1)); // [4, 4]
  const part = fovea.reshape(fovea.slice(products, 0, 1), [12]);
  return fovea.logSoftmax(fovea.linear(part, "head", { outFeatures: classes }));
});

it("trains to the same bits on any number of threads, and every parameter changes", async () => {
  const data = fovea.digits({ train: 192, test: 10 });
  const trained = [];
  for (const threads of [1, 3]) {
    const { parameters } = await fovea.train({ model: general, data, epochs: 1, threads });
    trained.push(Object.fromEntries([...parameters].map(([name, { values }]) => [name, values])));
  }
  expect(trained[1]).toEqual(trained[0]);
  const { graph } = general.build({ channels: 1, rows: 28, columns: 28, classes: 10 });
  for (const [name, { values }] of fovea.initialize(graph, 0)) {
    expect(trained[0]![name], name).not.toEqual(values);
  }
});

it("is drawn", () => {
  const { graph } = general.build({ channels: 1, rows: 28, columns: 28, classes: 10 });
  const [figure] = networkFigures([{ name: "general", graph }]);
  for (const title of ["token", "matmul", "projective grid", "thin-plate spline"]) {
    expect(figure!.svg).toContain(title);
  }
});
