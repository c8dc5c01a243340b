// Shows why TensorFlow.js's backend `wasm` is not compared: it has no gradient with respect to a convolution's
// weights. Prints the error; exits with 1 if there is none any more.

import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";

await tf.setBackend("wasm");
const image = tf.ones([1, 8, 8, 1]);
const convolve = (weights) => tf.conv2d(image, weights, 1, "valid");
try {
  tf.grad(convolve)(tf.ones([3, 3, 1, 1]));
  process.stdout.write("the backend wasm has this gradient now\n");
  process.exitCode = 1;
} catch (error) {
  process.stdout.write(`${error.message}\n`);
}
