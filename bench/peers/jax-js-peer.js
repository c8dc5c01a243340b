// The networks `cnn` and `stn` in jax-js on its WebAssembly backend, for `compare.js`: see `javascript-peer.js`.
//
// jax-js functions consume their arguments: `.ref` keeps an argument for another use.

import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  lax,
  nn,
  numpy as np,
  random,
  tree,
  valueAndGrad,
} from "@jax-js/jax";
import { installedVersion } from "./installed-version.js";
import { PeerFolder, serve } from "./javascript-peer.js";

await init("wasm");
defaultDevice("wasm");
const folder = new PeerFolder(process.argv[2]);
const { batchSize, rows, columns, learningRate } = folder;
const batches = folder.batches.map(({ images, labels }) => ({
  images: np.array(images).reshape([batchSize, 1, rows, columns]),
  labels: nn.oneHot(np.array(labels, { dtype: np.int32 }), 10),
}));
const dropped = 0.5;

function convolve(values, name, x) {
  const bias = values[`${name}.bias`].reshape([1, -1, 1, 1]);
  return lax.conv(x, values[`${name}.weight`], [1, 1], "VALID").add(bias);
}

function linear(values, name, x) {
  return np.matmul(x, values[`${name}.weight`].transpose()).add(values[`${name}.bias`]);
}

function poolRelu(x) {
  return nn.relu(lax.reduceWindow(x, np.max, [2, 2], [2, 2]));
}

/** Dropout; without a key nothing is dropped. */
function drop(key, x, shape) {
  if (!key) return x;
  const kept = random.bernoulli(key, 1 - dropped, shape).astype(np.float32);
  return x.mul(kept.div(1 - dropped));
}

function spatialTransformer(values, images) {
  let x = poolRelu(convolve(values, "localization.0", images.ref));
  x = poolRelu(convolve(values, "localization.3", x));
  x = nn.relu(linear(values, "fc_loc.0", x.reshape([batchSize, -1])));
  return warp(images, linear(values, "fc_loc.2", x));
}

/** Pixel centres in coordinates from −1 to 1. */
const centres = (count) =>
  Float32Array.from({ length: count }, (_, at) => (2 * at + 1) / count - 1);

/** The grid's positions [3, rows · columns]: column, row, 1; `align_corners=False`. */
function grid() {
  const [across, down] = [centres(columns), centres(rows)];
  const places = Array.from({ length: rows * columns }, (_, at) => at);
  const column = places.map((at) => across[at % columns]);
  const row = places.map((at) => down[Math.floor(at / columns)]);
  return np.array([column, row, places.map(() => 1)]);
}

/** Bilinear sampling with zeros outside; the gradient goes through the neighbours' weights. */
function warp(images, theta) {
  const at = np.matmul(theta.reshape([batchSize * 2, 3]), grid());
  const [atColumn, atRow] = np.split(at.reshape([batchSize, 2, rows * columns]), 2, 1);
  const toPixels = (place, count) =>
    place.add(1).mul(count).sub(1).mul(0.5).reshape([batchSize, -1]);
  const [x, y] = [toPixels(atColumn, columns), toPixels(atRow, rows)];
  const pixels = images.reshape([-1]);
  const parts = [];
  for (const down of [0, 1]) {
    for (const right of [0, 1]) {
      const [column, weightX] = neighbour(x.ref, right);
      const [row, weightY] = neighbour(y.ref, down);
      parts.push(gather(pixels.ref, row, column).mul(weightX).mul(weightY));
    }
  }
  for (const array of [x, y, pixels]) array.dispose();
  return parts.reduce((sum, part) => sum.add(part)).reshape([batchSize, 1, rows, columns]);
}

/** Index of the pixel before or after a coordinate, and its weight. */
function neighbour(place, after) {
  const index = np.floor(lax.stopGradient(place.ref)).add(after);
  const distance = place.sub(index.ref);
  return [index, after ? distance.add(1) : distance.mul(-1).add(1)];
}

/** Pixels of each image, 0 outside. */
function gather(pixels, row, column) {
  const isInside = (index, count) =>
    np.greaterEqual(index.ref, 0).astype(np.float32).mul(np.less(index, count).astype(np.float32));
  const inside = isInside(row.ref, rows).mul(isInside(column.ref, columns));
  const first = np
    .arange(batchSize)
    .astype(np.float32)
    .mul(rows * columns)
    .reshape([batchSize, 1]);
  const within = np
    .clip(row, 0, rows - 1)
    .mul(columns)
    .add(np.clip(column, 0, columns - 1));
  return np.take(pixels, within.add(first).astype(np.int32)).mul(inside);
}

/** Mean negative log-likelihood; without keys nothing is dropped. */
function lossOf(model, values, images, labels, keys) {
  let x = model === "stn" ? spatialTransformer(values, images) : images;
  x = poolRelu(convolve(values, "conv1", x));
  x = convolve(values, "conv2", x);
  x = poolRelu(drop(keys[0], x, [batchSize, x.shape[1], 1, 1]));
  x = nn.relu(linear(values, "fc1", x.reshape([batchSize, -1])));
  x = drop(keys[1], x, x.shape);
  const logProbabilities = nn.logSoftmax(linear(values, "fc2", x), -1);
  return logProbabilities
    .mul(labels)
    .sum()
    .mul(-1 / batchSize);
}

/** Forward, loss, gradients and SGD in one compiled call. */
function compileStep(model) {
  const lossAndGradients = valueAndGrad((...args) => lossOf(model, ...args));
  return jit((values, images, labels, keys) => {
    const [loss, gradients] = lossAndGradients(tree.ref(values), images, labels, keys);
    const descend = (value, gradient) => value.sub(gradient.mul(learningRate));
    return [tree.map(descend, values, gradients), loss];
  });
}

function createTraining(model, tensors) {
  const descend = compileStep(model);
  const arrays = [...tensors].map(([name, { shape, values }]) => [
    name,
    np.array(values).reshape([...shape]),
  ]);
  let values = Object.fromEntries(arrays);
  let next = 0;
  const run = async (keys) => {
    const { images, labels } = batches[next++ % batches.length];
    const [moved, loss] = descend(values, images.ref, labels.ref, keys);
    values = moved;
    await blockUntilReady(values);
    return (await loss.data())[0];
  };
  return {
    step: () => run(Array.from({ length: 2 }, (_, drop) => random.key(2 * next + drop))),
    loss: () => run([]),
  };
}

await serve({ name: "jax-js", version: installedVersion("@jax-js/jax") }, folder, createTraining);
