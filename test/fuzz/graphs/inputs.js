import { canonicalJson } from "../../../dist/canonical-json.js";
import * as fovea from "../../../dist/index.js";
import { defineModel, models } from "../../../dist/index.js";
import { decodeModel, encodeModel } from "../../../dist/runs/model-codec.js";
import { sha256 } from "../../../dist/sha256.js";
import { Random } from "../random.js";
import { runModel } from "./run-model.js";

const { add, affineGrid, batchAttention, conv2d, coordConv2d, dropout, dropout2d } = fovea;
const { flatten, gridSample, linear, logSoftmax, maxPool2d, relu } = fovea;
const { scaledDotProductAttention } = fovea;
const { batchNorm1d, batchNorm2d, groupNorm, layerNorm } = fovea;
const { elu, gelu, leakyRelu, sigmoid, silu, tanh } = fovea;
const { avgPool2d, channelMax, channelMean, concat, div, dropPath, globalAvgPool2d } = fovea;
const { globalMaxPool2d, interpolate, matmul, mul, parameter, projectiveGrid, reshape } = fovea;
const { slice, softmax, sub, thinPlateSplineGrid, transpose, windowAttention } = fovea;

/** Small networks that have every op between them, to be changed. */
const seeds = [
  models.cnn.build({ channels: 1, rows: 28, columns: 28, classes: 10 }),
  models["coordconv-stn"].build({ channels: 1, rows: 28, columns: 28, classes: 4 }),
  models.mha.build({ channels: 2, rows: 17, columns: 20, classes: 3 }),
  defineModel("every", (image, { classes }) => {
    const theta = linear(flatten(image), "theta", { outFeatures: 6 });
    const warped = gridSample(image, affineGrid(theta, { rows: 6, columns: 5 }));
    let x = relu(coordConv2d(warped, "coord", { outChannels: 4, kernelSize: 2 })); // [4, 5, 4]
    x = add(silu(leakyRelu(x)), scaledDotProductAttention(x, sigmoid(x), gelu(x), { heads: 2 }));
    x = add(x, batchAttention(x, x, x, { heads: 4 }));
    x = maxPool2d(dropout2d(conv2d(x, "conv", { outChannels: 3, kernelSize: 2 }), 0.5), 2);
    x = relu(batchNorm2d(x, "bn"));
    x = layerNorm(groupNorm(x, "gn", { groups: 3 }), "ln", { affine: false });
    x = batchNorm1d(flatten(tanh(elu(x))), "flat");
    return logSoftmax(dropout(linear(x, "head", { outFeatures: classes }), 0.25));
  }).build({ channels: 1, rows: 7, columns: 6, classes: 5 }),
  defineModel("general", (image, { classes }) => {
    let x = conv2d(image, "conv", { outChannels: 4, kernelSize: 2 }); // [4, 6, 6]
    const theta = linear(globalMaxPool2d(x), "theta", { outFeatures: 8 });
    x = gridSample(x, projectiveGrid(theta, { rows: 6, columns: 6 }), { paddingMode: "border" });
    const points = linear(globalAvgPool2d(x), "points", { outFeatures: 8 });
    x = gridSample(x, thinPlateSplineGrid(points, { rows: 6, columns: 6 }), {
      paddingMode: "reflection",
    });
    x = mul(x, sigmoid(globalAvgPool2d(x)));
    x = div(mul(x, sigmoid(sub(channelMean(x), channelMax(x)))), 2);
    const bias = { name: "bias" };
    x = add(x, dropPath(windowAttention(x, x, x, { heads: 2, window: 3, bias }), 0.1));
    x = maxPool2d(interpolate(x, { scaleFactor: 2, mode: "bilinear" }), {
      ...{ kernelSize: 3, stride: 2, padding: 1 },
    }); // [4, 6, 6]
    x = reshape(avgPool2d(x, 2), [4, 1, 9]);
    x = concat([parameter(x, "token", { shape: [4, 1, 1] }), x], 2); // [4, 1, 10]
    const tokens = reshape(softmax(x), [4, 10]);
    x = slice(matmul(tokens, transpose(tokens, 0, 1)), 0, 1, 4); // [3, 4]
    return logSoftmax(linear(reshape(x, [12]), "head", { outFeatures: classes }));
  }).build({ channels: 1, rows: 7, columns: 7, classes: 5 }),
].map((model) => JSON.parse(encodeModel(model)));

/** Values of every JSON type, those that code trips over first. */
const strange = [null, true, "", "x", "__proto__", "constructor", [], {}, [[]], -1, 0.5, 1e300];

/** Input number `index` of a seed: the text of a changed `model.json`. */
export function makeInput(seed, index) {
  const text = makeModelText(seed, index);
  const model = () => decodeModel(text, "model.json");
  return { name: "model.json", model, try: () => runModel(model()) };
}

/** Its hash is that of its graph, for the most part. */
function makeModelText(seed, index) {
  const random = new Random(Math.imul(seed + 1, 0x85ebca6b) ^ Math.imul(index, 0xc2b2ae35));
  const model = structuredClone(random.pick(seeds));
  const changes = random.few();
  for (let change = 0; change < changes; change++) random.pick(mutations)(model, random);
  // Last, as the others need a model's structure.
  if (random.chance(0.1)) changeAnything(model, random);
  if (random.chance(0.98)) {
    try {
      model.hash = sha256(new TextEncoder().encode(canonicalJson(model.graph)));
    } catch {
      // A graph that JSON cannot hold has no hash.
    }
  }
  return JSON.stringify(model);
}

const mutations = [
  changeAnyNumber,
  changeAnyNumber,
  changeAttribute,
  changeAttribute,
  changeOp,
  rewire,
  rewire,
  changeParameter,
  changeParameter,
  shareParameter,
  removeNode,
  repeatNode,
  swapNodes,
  changeOutput,
];

function changeAnyNumber(model, random) {
  const places = [];
  collect(model.graph, places, (value) => typeof value === "number");
  if (places.length === 0) return;
  const [parent, key] = random.pick(places);
  parent[key] = random.chance(0.5)
    ? parent[key] + random.pick([-2, -1, 1, 2])
    : random.edge(parent[key]);
}

function changeAttribute(model, random) {
  const node = random.pick(model.graph.nodes);
  const names = Object.keys(node.attributes ?? {});
  if (names.length === 0 || random.chance(0.1)) {
    node.attributes = {
      ...node.attributes,
      [random.pick(["padding", "p", "heads"])]: structuredClone(random.pick(strange)),
    };
    return;
  }
  const name = random.pick(names);
  const kind = random.below(10);
  if (kind === 0) delete node.attributes[name];
  else if (kind === 1) node.attributes[name] = structuredClone(random.pick(strange));
  else if (typeof node.attributes[name] === "number") {
    node.attributes[name] = random.pick([0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 64, 0.25]);
  } else if (typeof node.attributes[name] === "boolean")
    node.attributes[name] = !node.attributes[name];
}

function changeOp(model, random) {
  const ops = [
    "relu",
    "add",
    "flatten",
    "logSoftmax",
    "maxPool2d",
    "linear",
    "nll",
    "input",
    "gelu",
    "batchNorm2d",
    "layerNorm",
    "concat",
    "mul",
    "reshape",
    "matmul",
    "windowAttention",
    "unknown",
  ];
  random.pick(model.graph.nodes).op = random.pick(ops);
}

function rewire(model, random) {
  const { nodes } = model.graph;
  const at = random.below(nodes.length);
  const { inputs } = nodes[at];
  if (inputs.length === 0 || random.chance(0.1)) inputs.push(random.below(nodes.length));
  else
    inputs[random.below(inputs.length)] = random.chance(0.9) ? random.below(at + 1) : random.edge();
}

function changeParameter(model, random) {
  const { parameters } = model.graph;
  if (parameters.length === 0) return;
  const parameter = random.pick(parameters);
  const what = random.below(4);
  if (what === 0)
    parameter.name = random.chance(0.5)
      ? random.pick(parameters).name
      : `\u202e${"x".repeat(random.edge(200) % 1000)}`;
  else if (what === 1)
    parameter.shape[random.below(parameter.shape.length)] = random.edge(4) % 1000;
  else if (what === 2) parameter.shape.reverse();
  else parameter.initialization = { kind: "uniform", bound: random.pick([0, 0.1, 1e30, -1]) };
}

function shareParameter(model, random) {
  const { nodes, parameters } = model.graph;
  const node = random.pick(nodes.filter((each) => each.parameters.length > 0));
  node.parameters[random.below(node.parameters.length)] = random.below(parameters.length + 1);
}

function removeNode(model, random) {
  const { nodes } = model.graph;
  nodes.splice(random.below(nodes.length), 1);
  model.graph.output = Math.min(model.graph.output, nodes.length - 1);
}

function repeatNode(model, random) {
  const { nodes } = model.graph;
  nodes.push(structuredClone(random.pick(nodes)));
  if (random.chance(0.5)) model.graph.output = nodes.length - 1;
}

function swapNodes(model, random) {
  const { nodes } = model.graph;
  const [a, b] = [random.below(nodes.length), random.below(nodes.length)];
  [nodes[a], nodes[b]] = [nodes[b], nodes[a]];
}

function changeOutput(model, random) {
  model.graph.output = random.chance(0.7) ? random.below(model.graph.nodes.length) : random.edge();
}

function changeAnything(model, random) {
  const places = [];
  collect(model, places, () => true);
  const [parent, key] = random.pick(places);
  if (random.chance(0.3) && !Array.isArray(parent)) delete parent[key];
  else parent[key] = structuredClone(random.pick(strange));
}

function collect(value, places, wanted) {
  for (const [key, member] of Object.entries(value)) {
    if (wanted(member)) places.push([value, key]);
    if (member !== null && typeof member === "object") collect(member, places, wanted);
  }
}
