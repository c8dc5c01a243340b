// Runs examples of the API pages, one after the other, in the current folder: reads a list of { name, code } from standard
// input and prints a list of { name, problem }. Beside all exports of the package an example may use
//   image       tensor [1, 28, 28]
//   x           tensor [8, 14, 14] of the same graph
//   data        digits, 300 and 60 images
//   model       a small definition
//   parameters  its initial values
//   readFile    of node:fs/promises
// and the files that are prepared here.
import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import * as fovea from "../../dist/index.js";
import * as node from "../../dist/node.js";
import * as onnx from "../../dist/onnx.js";

const names = { ...fovea, ...node, ...onnx };
const { conv2d, defineModel, flatten, imageInput, initialize, linear, maxPool2d } = fovea;

const data = fovea.digits({ train: 300, test: 60 });
const model = defineModel("small", (image, { classes }) => {
  const x = maxPool2d(conv2d(image, "conv", { outChannels: 4, kernelSize: 5 }), 4); // [4, 6, 6]
  return linear(flatten(x), "fc", { outFeatures: classes });
});

async function prepare() {
  const draw = fileURLToPath(new URL("../../examples/draw-pictures.js", import.meta.url));
  execFileSync(process.execPath, [draw, "pictures", "12"]);
  copyFileSync("pictures/circle/1.png", "seven.png");
  const recipe = { epochs: 1, batchSize: 64, learningRate: 0.01 };
  const directory = "runs/2026-11-23-142530-stn-seed0";
  const run = { model: fovea.models.stn, data, seed: 0, ...recipe, validation: 60, directory };
  await node.recordTraining(run);
  const manifest = { format: 1, models: ["cnn", "stn"], seeds: 2, data: "digits", recipe };
  const study = node.parseManifest(manifest, "sweep");
  const networks = new Map(["cnn", "stn"].map((name) => [name, fovea.models[name].build(data)]));
  const about = { choice: "digits", name: data.name, digest: data.digest };
  const folder = await node.beginStudy("runs/sweep", { study, networks, data: about });
  await node.runStudy({ folder, data });
}

/** What an example may use; tensors are new for each, as layers have names. */
function scope() {
  const image = imageInput([1, 28, 28]);
  const x = maxPool2d(conv2d(image, "first", { outChannels: 8, kernelSize: 1 }), 2);
  const parameters = initialize(model.build(data).graph, 0);
  return { ...names, image, x, data, model, parameters, readFile, console: { log() {} } };
}

const AsyncFunction = (async () => {}).constructor;

/** An example as a function of its scope. Its block has names of its own, which may be those of the scope. */
function compiled(code) {
  return new AsyncFunction(
    ...Object.keys(scope()),
    `{ ${code.replace("export default", "return")}\n}`,
  );
}

await prepare();
const answers = [];
for (const { name, code, isRun } of JSON.parse(await text(process.stdin))) {
  try {
    const run = compiled(code);
    if (isRun) await run(...Object.values(scope()));
    answers.push({ name, problem: "" });
  } catch (error) {
    answers.push({ name, problem: `${error}` });
  }
}
console.log(JSON.stringify(answers));
