import { expect, it } from "vitest";
import { ops } from "../../src/graph/ops/index.js";
import * as fovea from "../../src/index.js";
import { networkFigures } from "../../src/report/network-figure.js";
import { everyOp } from "./every-op.js";

const model = everyOp(fovea);
const { graph } = model.build({ channels: 1, rows: 28, columns: 28, classes: 10 });

it("has every op but those of losses", () => {
  const has = new Set(graph.nodes.map(({ op }) => op));
  expect(Object.keys(ops).filter((op) => !has.has(op))).toEqual(["nll", "mse", "distancePenalty"]);
});

it("trains to the same bits on 1, 2, 3 and 8 threads, and every parameter changes", async () => {
  // A last batch of 20 images.
  const data = fovea.digits({ train: 148, test: 10 });
  const trained = [];
  for (const threads of [1, 2, 3, 8]) {
    const { parameters } = await fovea.train({ model, data, epochs: 1, threads });
    trained.push(Object.fromEntries([...parameters].map(([name, { values }]) => [name, values])));
  }
  for (const others of trained.slice(1)) expect(others).toEqual(trained[0]);
  for (const [name, { values }] of fovea.initialize(graph, 0)) {
    expect(trained[0]![name], name).not.toEqual(values);
    expect(trained[0]![name]!.every(Number.isFinite), name).toBe(true);
  }
});

it("is drawn", () => {
  const [figure] = networkFigures([{ name: "every-op", graph }]);
  for (const title of ["token", "matmul", "projective grid", "thin-plate spline"]) {
    expect(figure!.svg).toContain(title);
  }
});
