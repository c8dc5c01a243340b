// The network `cnn` in jax-js on its WebAssembly backend, for `compare.js`: see `javascript-peer.js`.
//
// Every function consumes its arguments: `.ref` keeps one for another use.

import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, random, tree, valueAndGrad } from "@jax-js/jax";
import { PeerFolder, serve } from "./javascript-peer.js";
import { installedVersion } from "./installed-version.js";

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

/** Without a key nothing is dropped. */
function drop(key, x, shape) {
  if (!key) return x;
  const kept = random.bernoulli(key, 1 - dropped, shape).astype(np.float32);
  return x.mul(kept.div(1 - dropped));
}

/** Mean negative log-likelihood; without keys nothing is dropped. */
function lossOf(values, images, labels, keys) {
  let x = poolRelu(convolve(values, "conv1", images));
  x = convolve(values, "conv2", x);
  x = poolRelu(drop(keys[0], x, [batchSize, x.shape[1], 1, 1]));
  x = nn.relu(linear(values, "fc1", x.reshape([batchSize, -1])));
  x = drop(keys[1], x, x.shape);
  const logProbabilities = nn.logSoftmax(linear(values, "fc2", x), -1);
  return logProbabilities.mul(labels).sum().mul(-1 / batchSize);
}

const lossAndGradients = valueAndGrad(lossOf);

/** Forward, loss, gradients and SGD in one compiled call. */
const descend = jit((values, images, labels, keys) => {
  const [loss, gradients] = lossAndGradients(tree.ref(values), images, labels, keys);
  const moved = tree.map((value, gradient) => value.sub(gradient.mul(learningRate)), values, gradients);
  return [moved, loss];
});

function createTraining(_model, tensors) {
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
