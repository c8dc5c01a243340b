import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as fovea from "../src/index.js";
import * as node from "../src/node.js";
import { writeOnnx } from "../src/onnx.js";

const data = fovea.digits({ train: 10, test: 10 });
const model = fovea.models.cnn.build(data);
const parameters = fovea.initialize(model.graph, 0);
const { mean, std } = data;
const none = join(tmpdir(), "none");

/** What takes options, as plain JavaScript may call it with a misspelt one. */
const calls: Readonly<Record<string, (wrong: object) => unknown>> = {
  audit: (wrong) => fovea.audit({ model, data, ...wrong }),
  classifier: (wrong) => fovea.classifier(fovea.imageInput([1, 28, 28]), 10, { drop: 0, ...wrong }),
  conv2d: (wrong) =>
    fovea.conv2d(fovea.imageInput([1, 9, 9]), "c", { outChannels: 1, kernelSize: 3, ...wrong }),
  digits: (wrong) => fovea.digits({ train: 10, ...wrong }),
  distortedMnist: (wrong) => fovea.distortedMnist(data, "mnist-r", wrong),
  downloadMnist: (wrong) => node.downloadMnist(none, { mirrors: [], ...wrong }),
  evaluate: (wrong) => fovea.evaluate({ model, data, parameters, ...wrong }),
  findLearningRate: (wrong) => fovea.findLearningRate({ model, data, ...wrong }),
  loadData: (wrong) => node.loadData("digits", wrong),
  predict: (wrong) => fovea.predict({ model, parameters, mean, std }, [], wrong),
  readClassifier: (wrong) => node.readClassifier(none, wrong),
  readPyTorch: (wrong) => fovea.readPyTorch(fovea.writePyTorch(parameters), "f.pt", wrong),
  readWeights: (wrong) => node.readWeights(none, wrong),
  recordTraining: (wrong) =>
    node.recordTraining({
      ...{ model, data, directory: none, epochs: 1, seed: 0, batchSize: 10, learningRate: 0.1 },
      ...wrong,
    }),
  "Session.create": (wrong) => fovea.Session.create({ model, data, ...wrong }),
  train: (wrong) => fovea.train({ model, data, ...wrong }),
  trainRuns: (wrong) => node.trainRuns({ runs: [], ...wrong }),
  writeOnnx: (wrong) => writeOnnx(model, parameters, wrong),
  writeWebPage: (wrong) => node.writeWebPage(none, none, wrong),
};

it.each(Object.entries(calls))("%s refuses an unknown option", async (_, call) => {
  const message = /: expected options [\w, ]+, got bacthSize$/;
  await expect((async () => call({ bacthSize: 1 }))()).rejects.toThrow(message);
});
