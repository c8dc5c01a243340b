/** A commented network to start from. It is TypeScript and JavaScript alike. */
export function networkText(name: string, file: string): string {
  return `// A network for Fovea. Look at it before any training, then train it:
//
//   fovea explain ./${file} --image 1x28x28 --classes 10
//   fovea train ./${file} --data digits
//
// The function below gets one image and returns one number per class: the higher, the more likely. There is no batch:
// Fovea adds it. A shape such as [16, 28, 28] is [channels, rows, columns]; shapes below are for images of 1×28×28.
import {
  batchNorm2d,
  conv2d,
  defineModel,
  dropout,
  globalAvgPool2d,
  linear,
  maxPool2d,
  relu,
} from "fovea";

export default defineModel(
  ${JSON.stringify(name)},
  (image, { classes }, { width, drop }) => {
    // A convolution looks at 3×3 pixels at a time. "stem" is the layer's name: each layer needs its own.
    let x = conv2d(image, "stem", { outChannels: width, kernelSize: 3, padding: 1, bias: false }); // [16, 28, 28]
    // Batch norm keeps values in a good range, relu sets negative ones to 0, pooling halves rows and columns.
    x = maxPool2d(relu(batchNorm2d(x, "stem.norm")), 2); // [16, 14, 14]

    x = conv2d(x, "second", { outChannels: 2 * width, kernelSize: 3, padding: 1, bias: false }); // [32, 14, 14]
    x = maxPool2d(relu(batchNorm2d(x, "second.norm")), 2); // [32, 7, 7]

    // The mean of each channel, so that images of any size give a vector of one length.
    const features = globalAvgPool2d(x); // [32]
    // Dropout leaves out random values in training, against learning by heart.
    return linear(dropout(features, drop), "head", { outFeatures: classes }); // [classes]
  },
  // What can be chosen without changing this file, with defaults: fovea train ./${file} --set width=24,drop=0.1
  { width: 16, drop: 0.2 },
);
`;
}

/** Its test, for `node --test`. */
export function testText(name: string, ending: "ts" | "mjs"): string {
  return `// node --test ${name}.test.${ending}
import assert from "node:assert/strict";
import { test } from "node:test";
import { countParameters, digits, evaluate, train } from "fovea";
import network from "./${name}.${ending}";

test("fits images of several sizes", () => {
  for (const channels of [1, 3]) {
    for (const rows of [28, 32, 15]) {
      // It throws where a layer does not fit, or the result is not [classes].
      const { graph } = network.build({ channels, rows, columns: 28, classes: 7 });
      assert.ok(countParameters(graph) > 0);
    }
  }
});

test("its options change it", () => {
  const input = { channels: 1, rows: 28, columns: 28, classes: 10 };
  const small = countParameters(network.build(input, { width: 8 }).graph);
  const large = countParameters(network.build(input, { width: 16 }).graph);
  assert.ok(small < large, \`\${small} parameters are fewer than \${large}\`);
});

test("learns", async () => {
  const data = digits({ train: 600, test: 200 });
  const { parameters } = await train({ model: network, data, epochs: 3, batchSize: 32, learningRate: 0.1 });
  const { accuracy } = await evaluate({ model: network, data, parameters });
  assert.ok(accuracy > 0.2, \`\${accuracy} is above 0.1, that of guessing among ten classes\`);
});
`;
}
