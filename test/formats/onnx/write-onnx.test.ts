import { fromBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ModelProtoSchema } from "../../../src/formats/onnx/onnx_pb.js";
import { batchWarning, type OnnxOptions, writeOnnx } from "../../../src/formats/onnx/write-onnx.js";
import * as fovea from "../../../src/index.js";
import { everyOp } from "../../engine/every-op.js";
import { classesOf, drawnWeights, engineResults, largestDifference } from "./classifiers.js";
import { channelsFirst, OnnxNetwork } from "./onnx-runtime.js";

/** Those whose engine and runtime take few milliseconds an image. */
const fast = ["cnn", "stn", "lenet", "lenet3", "depthwise", "vit"];
const batchSize = 50;
const data = fovea.digits({ train: 10, test: 1000 });
const pixels = data.rows * data.columns;

describe("in ONNX Runtime, on digits", () => {
  it.each([...fovea.modelNames, "every-op"])("%s gives the same", async (name) => {
    const definition = name === "every-op" ? everyOp(fovea) : fovea.models[name as fovea.ModelName];
    const model = definition.build(data);
    const count = fast.includes(name) ? 1000 : 200;
    const weights = drawnWeights(model);
    const { mean, std } = data;
    const network = await OnnxNetwork.open(writeOnnx(model, weights, { mean, std }));
    const found = new Float32Array(count * data.classes);
    for (let first = 0; first < count; first += batchSize) {
      const values = data.test.images.subarray(first * pixels, (first + batchSize) * pixels);
      const shape = [batchSize, 1, data.rows, data.columns];
      found.set(
        await network.run([{ type: "uint8", values, shape }], "log_probabilities"),
        first * data.classes,
      );
    }
    await network.close();
    const expected = await engineResults(model, weights, data, count, batchSize);
    expect(largestDifference(found, expected)).toBeLessThan(1e-4);
    expect(classesOf(found, 10)).toEqual(classesOf(expected, 10));
  });
});

describe("the input", () => {
  const colour = fovea.defineModel("colour", (image, { classes }) =>
    fovea.linear(
      fovea.flatten(fovea.conv2d(image, "conv", { outChannels: 4, kernelSize: 3 })),
      "fc",
      {
        outFeatures: classes,
      },
    ),
  );
  const model = colour.build({ channels: 3, rows: 6, columns: 5, classes: 3 });
  const weights = drawnWeights(model);
  const bytes = Uint8Array.from({ length: 2 * 90 }, (_, at) => (at * 37) % 256);
  const images = channelsFirst(bytes, 3, 30);
  const shape = [2, 3, 6, 5];
  const [mean, std] = [
    [0.5, 0.4, 0.3],
    [0.2, 0.25, 0.5],
  ];
  const channel = (at: number) => Math.floor(at / 30) % 3;

  async function results(options: OnnxOptions, values: Uint8Array | Float32Array) {
    const type = values instanceof Uint8Array ? "uint8" : "float32";
    const network = await OnnxNetwork.open(writeOnnx(model, weights, options));
    try {
      return [
        await network.run([{ type, values, shape }], "log_probabilities"),
        await network.run([{ type, values, shape }], "probabilities"),
      ] as const;
    } finally {
      await network.close();
    }
  }

  it("is bytes, 0..1 or normalised, per channel, and the results are the same", async () => {
    const unit = Float32Array.from(images, (byte) => byte / 255);
    const normalized = unit.map((value, at) => (value - mean[channel(at)]!) / std[channel(at)]!);
    const [byBytes] = await results({ mean, std }, images);
    const [byUnit] = await results({ mean, std, input: "unit" }, unit);
    const [byValues] = await results({ mean, std, input: "normalized" }, normalized);
    expect(largestDifference(byBytes, byUnit)).toBeLessThan(1e-5);
    expect(largestDifference(byBytes, byValues)).toBeLessThan(1e-5);
    const [plain] = await results({}, images);
    expect(largestDifference(byBytes, plain)).toBeGreaterThan(0.1);
  });

  it("gives probabilities that sum to 1, also of a network that returns logits", async () => {
    const [logs, probabilities] = await results({}, images);
    expect(probabilities[0]! + probabilities[1]! + probabilities[2]!).toBeCloseTo(1, 5);
    expect(Math.exp(logs[4]!)).toBeCloseTo(probabilities[4]!, 6);
  });

  it.each<[OnnxOptions, string]>([
    [{ mean: 0.5 }, "writeOnnx: expected mean and std together, got mean"],
    [
      { mean: [0.1, 0.2], std: 1 },
      "writeOnnx: expected mean to be one number, or 3 of them, that are finite, got [0.1,0.2]",
    ],
    [{ mean: 0, std: 0 }, "writeOnnx: expected std to be one number, or 3 of them, above 0, got 0"],
    [
      { input: "words" as "unit" },
      'writeOnnx: expected input to be bytes, unit or normalized, got "words"',
    ],
    [{ classNames: ["a"] }, "writeOnnx: expected classNames to be 3 texts, got a list of 1"],
    [
      { metadata: { a: 1 as unknown as string } },
      'writeOnnx: expected metadata "a" to be a text, got 1',
    ],
    [
      { opset: 9 } as OnnxOptions,
      "writeOnnx: expected options input, mean, std, classNames, metadata, got opset",
    ],
  ])("refuses %o", (options, message) => {
    expect(() => writeOnnx(model, weights, options)).toThrow(message);
  });

  it("refuses weights that are missing or of another shape", () => {
    const expected = "writeOnnx: expected weights with conv.weight of shape [4, 3, 3, 3], got";
    expect(() => writeOnnx(model, new Map())).toThrow(`${expected} none`);
    const other = { shape: [1], values: new Float32Array(1) };
    expect(() => writeOnnx(model, new Map([["conv.weight", other]]))).toThrow(`${expected} [1]`);
  });

  it("refuses a network with a loss", () => {
    const graph = fovea.withLoss(model.graph);
    expect(() => writeOnnx({ name: "x", graph }, weights)).toThrow(
      "writeOnnx: expected a network without a loss, got one with a loss",
    );
  });
});

describe("the file", () => {
  const read = (name: fovea.ModelName, options: OnnxOptions = {}) => {
    const model = fovea.models[name].build(data);
    const { metadataProps, graph } = fromBinary(
      ModelProtoSchema,
      writeOnnx(model, drawnWeights(model), options),
    );
    return {
      graph: graph!,
      metadata: new Map(metadataProps.map(({ key, value }) => [key, value])),
    };
  };

  it("has readable names, and the shape of every op's result", () => {
    const { graph } = read("stn");
    const names = graph.node.flatMap(({ output }) => output);
    for (const name of ["affineGrid", "gridSample", "conv1"]) {
      expect(
        names.some((each) => each.startsWith(name)),
        name,
      ).toBe(true);
    }
    expect(graph.output.map(({ name }) => name)).toEqual(["log_probabilities", "probabilities"]);
    const operators = graph.node.map(({ opType }) => opType);
    expect(operators).toContain("AffineGrid");
    expect(operators).toContain("GridSample");
    // The grid is not turned around and back.
    expect(operators).not.toContain("Transpose");
    expect(operators.filter((each) => each === "Dropout")).toEqual([]);
    const shapes = new Set(graph.valueInfo.map(({ name }) => name));
    const known = names.filter((name) => shapes.has(name));
    expect(known.length).toBeGreaterThan(15);
  });

  it("says what it is in its metadata", () => {
    const classNames = Array.from({ length: 10 }, (_, digit) => `digit ${digit}`);
    const { metadata } = read("cnn", { classNames, metadata: { recipe: "{}" } });
    expect(JSON.parse(metadata.get("class_names")!)).toEqual(classNames);
    expect(metadata.get("recipe")).toBe("{}");
    expect(metadata.get("model")).toBe("cnn");
    expect(metadata.get("input")).toMatch(/^uint8/);
    expect(metadata.has("warning")).toBe(false);
  });

  it("warns where the images of a batch see each other", () => {
    expect(read("mha-batch").metadata.get("warning")).toBe(batchWarning);
  });
});
