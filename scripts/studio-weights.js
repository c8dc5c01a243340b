// Trains the networks of the studio's first page and writes them into one file:
//
//     npm run build:dist && node scripts/studio-weights.js [--epochs 6] [--train 30000] [--only cnn,mha]
//
// All have one recipe and one seed, and learn the built-in handwriting turned, scaled and shifted, so that they differ in
// their mechanism alone. The file is safetensors: tensors `NETWORK/PARAMETER` in float16, and per network its graph and
// what it was trained on as JSON among the metadata. With --only, the other networks of the file stay as they are.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readSafetensors, writeSafetensors } from "../dist/formats/safetensors.js";
import { encodeGraph } from "../dist/graph/graph-codec.js";
import { classifier, coordConv, defineModel, digits, models, train } from "../dist/index.js";
import { float16Bits } from "../dist/web/float16.js";

const { values: chosen } = parseArgs({
  options: {
    epochs: { type: "string", default: "6" },
    train: { type: "string", default: "30000" },
    only: { type: "string" },
  },
});
const file = fileURLToPath(new URL("../studio/assets/networks.safetensors", import.meta.url));

/** In the order of the page. CoordConv is alone here; the catalogue has it with a transformer. */
const networks = [
  models.cnn,
  models.stn,
  defineModel("coordconv", (image, { classes }) =>
    classifier(image, classes, { convolution: coordConv }),
  ),
  models.mha,
  models["mha-batch"],
];
const names = chosen.only?.split(",") ?? networks.map(({ name }) => name);
const recipe = {
  epochs: Number(chosen.epochs),
  seed: 1,
  batchSize: 64,
  learningRate: 0.004,
  optimizer: { kind: "adam" },
  schedule: { kind: "oneCycle" },
  augment: { rotate: 45, scale: [0.7, 1.2], shift: 4 },
};

const data = digits({ train: Number(chosen.train), test: 5000 });
const tensors = new Map();
const metadata = {};
if (existsSync(file)) {
  const before = readSafetensors(readFileSync(file), file);
  for (const [name, tensor] of before.tensors) tensors.set(name, tensor);
  Object.assign(metadata, before.metadata);
}
for (const definition of networks) {
  if (names.includes(definition.name)) await add(definition);
}
const inOrder = networks.flatMap(({ name }) =>
  [...tensors].filter(([key]) => key.startsWith(`${name}/`)),
);
const kept = networks.flatMap(({ name }) => (metadata[name] ? [[name, metadata[name]]] : []));
const bytes = writeSafetensors(new Map(inOrder), Object.fromEntries(kept));
writeFileSync(file, bytes);
console.log(`${file}: ${bytes.length} bytes`);

async function add(definition) {
  const model = definition.build(data);
  const onEpoch = ({ epoch, validationAccuracy }) =>
    console.log(`${definition.name} ${epoch}: ${validationAccuracy}`);
  const { parameters, epochs } = await train({ model, data, ...recipe, onEpoch });
  for (const { name } of model.graph.parameters) {
    const { shape, values } = parameters.get(name);
    const halves = Uint16Array.from(values, float16Bits);
    tensors.set(`${definition.name}/${name}`, { dtype: "F16", shape, values: halves });
  }
  metadata[definition.name] = JSON.stringify({
    graph: encodeGraph(model.graph),
    accuracy: epochs.at(-1).validationAccuracy,
  });
}
