import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readOnnx } from "../../../src/formats/onnx/import/read-onnx.js";
import { writeOnnx } from "../../../src/formats/onnx/write-onnx.js";
import * as fovea from "../../../src/index.js";
import { decodeModel, encodeModel } from "../../../src/runs/model-codec.js";
import { everyOp } from "../../engine/every-op.js";
import { classesOf, drawnWeights, engineResults, largestDifference } from "./classifiers.js";
import { OnnxNetwork } from "./onnx-runtime.js";

const data = fovea.digits({ train: 20, test: 20 });
const { mean, std } = data;

describe("a network that was exported is read again", () => {
  it.each(fovea.modelNames)("%s", async (name) => {
    const model = fovea.models[name].build(data);
    const weights = drawnWeights(model);
    const found = readOnnx(writeOnnx(model, weights, { mean, std }), `${name}.onnx`);
    const read = { name, graph: found.graph };
    const expected = await engineResults(model, weights, data, 20, 20);
    const results = await engineResults(read, found.weights, data, 20, 20);
    expect(largestDifference(results, expected)).toBeLessThan(1e-4);
    expect(classesOf(results, 10)).toEqual(classesOf(expected, 10));
    expect(found.normalisation!.mean).toBeCloseTo(Number(mean), 6);
    expect(found.normalisation!.std).toBeCloseTo(Number(std), 6);
    expect(fovea.countParameters(found.graph)).toBe(fovea.countParameters(model.graph));
    // Its initial values are the weights.
    expect(fovea.initialize(found.graph, 5)).toEqual(found.weights);
    expect(decodeModel(encodeModel(read), "model.json")).toEqual(read);
  });
});

it("every op but attention in windows is read; constants become parameters", async () => {
  const model = everyOp({ ...fovea, windowAttention: (x) => x }).build(data);
  const weights = drawnWeights(model);
  const found = readOnnx(writeOnnx(model, weights, { mean, std }), "every-op.onnx");
  const read = { name: "every-op", graph: found.graph };
  const expected = await engineResults(model, weights, data, 20, 20);
  const results = await engineResults(read, found.weights, data, 20, 20);
  expect(largestDifference(results, expected)).toBeLessThan(1e-4);
  expect(fovea.initialize(found.graph, 5)).toEqual(found.weights);
});

describe("a product that is no attention", () => {
  const { add, conv2d, linear, matmul, relu, reshape, transpose } = fovea;
  const gram = fovea.defineModel("gram", (image, { classes }) => {
    const maps = conv2d(image, "conv", { outChannels: 8, kernelSize: 5, stride: 4 }); // [8, 6, 6]
    const tokens = reshape(maps, [8, 36]);
    const products = matmul(tokens, transpose(tokens, 0, 1)); // [8, 8]
    const sum = add(relu(products), products);
    return linear(reshape(sum, [64]), "fc", { outFeatures: classes });
  });

  it("is one node, however many read it", async () => {
    const model = gram.build(data);
    const weights = drawnWeights(model);
    const found = readOnnx(writeOnnx(model, weights, { mean, std }), "gram.onnx");
    expect(found.graph.nodes.filter(({ op }) => op === "matmul")).toHaveLength(1);
    const expected = await engineResults(model, weights, data, 20, 20);
    const read = { name: "gram", graph: found.graph };
    const results = await engineResults(read, found.weights, data, 20, 20);
    expect(largestDifference(results, expected)).toBeLessThan(1e-4);
  });
});

const folder = new URL("./fixtures/", import.meta.url);

describe("a file of PyTorch's exporter gives what ONNX Runtime gives", () => {
  it.each(readdirSync(folder).filter((file) => file.endsWith(".onnx")))("%s", async (file) => {
    const bytes = new Uint8Array(readFileSync(new URL(file, folder)));
    const { graph, weights, normalisation } = readOnnx(bytes, file);
    expect(normalisation).toBeUndefined();
    const [, rows, columns] = graph.nodes[0]!.shape as [number, number, number];
    const count = 4;
    const images = Uint8Array.from(
      { length: count * rows * columns },
      (_, at) => (at * 7919) % 256,
    );
    const test = { count, images, labels: new Uint8Array(count) };
    const [classes] = graph.nodes[graph.output]!.shape as [number];
    const shape = { channels: 1, rows, columns, classes };
    const own = { ...data, ...shape, test, mean: 0, std: 1 };
    const results = await engineResults({ name: "net", graph }, weights, own, count, count);
    const network = await OnnxNetwork.open(bytes);
    const values = Float32Array.from(images, (byte) => byte / 255);
    for (let image = 0; image < count; image++) {
      const size = rows * columns;
      const one = {
        values: values.slice(image * size, (image + 1) * size),
        shape: [1, 1, rows, columns],
      };
      const logits = await network.run([{ type: "float32", ...one }]);
      const sum = Math.log(logits.reduce((total, value) => total + Math.exp(value), 0));
      const logs = /softmax/.test(file) ? logits.map(Math.log) : logits.map((value) => value - sum);
      const wanted = results.subarray(image * classes, (image + 1) * classes);
      expect(largestDifference(logs, wanted)).toBeLessThan(1e-4);
    }
    await network.close();
  });
});
