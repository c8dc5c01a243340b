// A network of one's own, for the command line: fovea train examples/own-network.ts --data digits --set width=24
import { batchNorm2d, conv2d, defineModel, globalAvgPool2d, linear, maxPool2d, relu } from "fovea";

export default defineModel(
  "own-network",
  (image, { classes }, { width }) => {
    let x = conv2d(image, "first", { outChannels: width, kernelSize: 3, padding: 1, bias: false }); // [16, 28, 28]
    x = maxPool2d(relu(batchNorm2d(x, "first.norm")), 2); // [16, 14, 14]
    x = conv2d(x, "second", { outChannels: 2 * width, kernelSize: 3, padding: 1, bias: false }); // [32, 14, 14]
    x = relu(batchNorm2d(x, "second.norm")); // [32, 14, 14]
    return linear(globalAvgPool2d(x), "head", { outFeatures: classes }); // [classes]
  },
  { width: 16 },
);
