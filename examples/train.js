// Which way of looking is better for these images? node examples/train.js
import { defineModel, digits, evaluate, spatialTransformer, train } from "fovea";

// Layers:

import { conv2d, flatten, linear, logSoftmax, maxPool2d, relu } from "fovea";

/** A small network that sees the image after `look` has changed it. */
const network = (name, look) =>
  defineModel(name, (image, { classes }) => {
    let x = conv2d(look(image), "conv", { outChannels: 8, kernelSize: 5 }); // [8, 24, 24]
    x = relu(maxPool2d(x, 2)); // [8, 12, 12]
    return logSoftmax(linear(flatten(x), "fc", { outFeatures: classes })); // [10]
  });

const data = digits({ train: 8_000, test: 2_000 }); // handwriting that a program draws
const seeds = [0, 1, 2]; // each gives different random initial weights

for (const model of [network("plain", (image) => image), network("warp", spatialTransformer)]) {
  for (const seed of seeds) {
    const { parameters } = await train({ model, data, seed, epochs: 3, learningRate: 0.03 });
    const { correct, total } = await evaluate({ model, data, parameters });
    console.log(`${model.name}, seed ${seed}: ${correct} of ${total} right`);
  }
}
