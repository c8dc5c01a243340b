// Builds the graph of a network of your own and prints its nodes: node examples/network.js
import {
  coordConv2d,
  countParameters,
  flatten,
  imageInput,
  linear,
  logSoftmax,
  maxPool2d,
  relu,
} from "fovea";

const image = imageInput([1, 28, 28]);
let x = coordConv2d(image, "conv", { outChannels: 8, kernelSize: 5 }); // [8, 24, 24]
x = relu(maxPool2d(x, 2)); // [8, 12, 12]
x = linear(flatten(x), "fc", { outFeatures: 10 }); // [10]
const graph = x.builder.finish(logSoftmax(x));

for (const { op, label, shape } of graph.nodes) {
  console.log(`${label.padEnd(12)} ${op.padEnd(12)} [${shape.join(", ")}]`);
}
console.log(`${countParameters(graph)} parameters`);
