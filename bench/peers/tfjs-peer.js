// The networks `cnn` and `stn` in TensorFlow.js on its backend `cpu`, for `compare.js`: see
// `javascript-peer.js`. Its other backends: `tfjs-wasm.js` and bench/README.md.

import * as tf from "@tensorflow/tfjs";
import { PeerFolder, serve, transposed } from "./javascript-peer.js";

await tf.setBackend("cpu");
const folder = new PeerFolder(process.argv[2]);
const { batchSize, rows, columns, learningRate } = folder;
const batches = folder.batches.map(({ images, labels }) => ({
  images: tf.tensor4d(images, [batchSize, rows, columns, 1]),
  labels: tf.oneHot(tf.tensor1d(labels, "int32"), 10),
}));

/** TensorFlow.js has channels last, so the weights of layers that read maps are reordered. */
function variablesOf(tensors) {
  const channelsBefore = { "fc1.weight": "conv2.bias", "fc_loc.0.weight": "localization.3.bias" };
  const variables = {};
  for (const [name, tensor] of tensors) {
    const before = channelsBefore[name];
    const { shape, values } = before
      ? readingChannelsLast(tensor, tensors.get(before).shape[0])
      : transposed(tensor, orders[tensor.shape.length]);
    variables[name] = tf.variable(tf.tensor(values, shape));
  }
  return variables;
}

/** [out, in, rows, columns] → [rows, columns, in, out], [out, in] → [in, out]. */
const orders = { 1: [0], 2: [1, 0], 4: [2, 3, 1, 0] };

function readingChannelsLast({ shape: [out, features], values }, channels) {
  const map = { shape: [out, channels, features / channels], values };
  return { shape: [features, out], values: transposed(map, [2, 1, 0]).values };
}

const convolve = (v, name, x) =>
  tf.add(tf.conv2d(x, v[`${name}.weight`], 1, "valid"), v[`${name}.bias`]);
const linear = (v, name, x) => tf.add(tf.matMul(x, v[`${name}.weight`]), v[`${name}.bias`]);
const poolRelu = (x) => tf.relu(tf.maxPool(x, 2, 2, "valid"));
const flat = (x) => tf.reshape(x, [batchSize, -1]);

/** Mean negative log-likelihood. */
function lossOf(model, v, { images, labels }, drops) {
  let x = model === "stn" ? spatialTransformer(v, images) : images;
  x = poolRelu(convolve(v, "conv1", x));
  x = convolve(v, "conv2", x);
  if (drops) x = tf.dropout(x, 0.5, [batchSize, 1, 1, x.shape[3]]);
  x = tf.relu(linear(v, "fc1", flat(poolRelu(x))));
  if (drops) x = tf.dropout(x, 0.5);
  const logProbabilities = tf.logSoftmax(linear(v, "fc2", x));
  return tf.neg(tf.mean(tf.sum(tf.mul(logProbabilities, labels), 1)));
}

function spatialTransformer(v, images) {
  let x = poolRelu(convolve(v, "localization.0", images));
  x = poolRelu(convolve(v, "localization.3", x));
  x = tf.relu(linear(v, "fc_loc.0", flat(x)));
  return warp(images, linear(v, "fc_loc.2", x));
}

/** The grid's positions [3, rows · columns]: column, row, 1; `align_corners=False`. */
const grid = tf.tidy(() => {
  const places = (count) => tf.sub(tf.div(tf.add(tf.mul(tf.range(0, count), 2), 1), count), 1);
  const column = tf.tile(places(columns), [rows]);
  const row = flatRows(places(rows));
  return tf.stack([column, row, tf.onesLike(row)]);
});

function flatRows(row) {
  return tf.reshape(tf.tile(tf.expandDims(row, 1), [1, columns]), [-1]);
}

/** Bilinear sampling with zeros outside; the gradient goes through the neighbours' weights. */
function warp(images, theta) {
  const at = tf.matMul(tf.reshape(theta, [batchSize * 2, 3]), grid);
  const [atColumn, atRow] = tf.unstack(tf.reshape(at, [batchSize, 2, rows * columns]), 1);
  const x = tf.div(tf.sub(tf.mul(tf.add(atColumn, 1), columns), 1), 2);
  const y = tf.div(tf.sub(tf.mul(tf.add(atRow, 1), rows), 1), 2);
  const neighbours = [];
  for (const down of [0, 1]) {
    for (const right of [0, 1]) {
      const [column, weightX] = neighbour(x, right);
      const [row, weightY] = neighbour(y, down);
      // tf.gather's own gradient is wrong here: it passes indices on as a gradient.
      const values = tf.customGrad((place) => ({
        value: gather(images, row, column),
        gradFunc: () => tf.zerosLike(place),
      }))(x);
      neighbours.push(tf.mul(values, tf.mul(weightX, weightY)));
    }
  }
  return tf.reshape(tf.addN(neighbours), [batchSize, rows, columns, 1]);
}

/** Index of the pixel before or after a coordinate, and its weight. */
function neighbour(place, after) {
  const index = tf.add(tf.floor(place), after);
  const distance = tf.sub(place, index);
  return [index, after ? tf.add(distance, 1) : tf.sub(1, distance)];
}

/** Pixels of each image, 0 outside. */
function gather(images, row, column) {
  const inside = tf.logicalAnd(
    tf.logicalAnd(tf.greaterEqual(row, 0), tf.less(row, rows)),
    tf.logicalAnd(tf.greaterEqual(column, 0), tf.less(column, columns)),
  );
  const first = tf.mul(tf.range(0, batchSize), rows * columns);
  const within = tf.add(
    tf.mul(tf.clipByValue(row, 0, rows - 1), columns),
    tf.clipByValue(column, 0, columns - 1),
  );
  const at = tf.cast(tf.add(tf.expandDims(first, 1), within), "int32");
  return tf.mul(tf.gather(tf.reshape(images, [-1]), at), tf.cast(inside, "float32"));
}

function createTraining(model, tensors) {
  const variables = variablesOf(tensors);
  const optimizer = tf.train.sgd(learningRate);
  let next = 0;
  const descend = (drops) => {
    const batch = batches[next++ % batches.length];
    const loss = optimizer.minimize(() => lossOf(model, variables, batch, drops), true);
    const [value] = loss.dataSync();
    loss.dispose();
    return value;
  };
  return { step: () => descend(true), loss: () => descend(false) };
}

await serve({ name: "TensorFlow.js", version: tf.version_core }, folder, createTraining);
