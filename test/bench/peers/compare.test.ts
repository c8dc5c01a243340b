import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { modelNames } from "../../../src/models/index.js";

function run(script: string, ...args: string[]) {
  const file = fileURLToPath(new URL(`../../../bench/${script}`, import.meta.url));
  const { status, stderr, stdout } = spawnSync(process.execPath, [file, ...args], {
    encoding: "utf8",
  });
  return { status, stderr, stdout };
}

test.each([
  [
    "peers/compare.js --models cnn,vgg",
    `compare: expected --models to be of ${modelNames.join(", ")}, got vgg\n`,
  ],
  [
    "peers/compare.js --peers onnx",
    "compare: expected --peers to be of pytorch, pytorch-compile, jax, jax-js, tfjs, got onnx\n",
  ],
  [
    "peers/compare.js --rounds 0",
    "compare: expected --rounds to be a whole number of 1 or more, got 0\n",
  ],
  [
    "peers/compare.js --peers pytorch --python no-such-python",
    "compare: expected --peers to be installed, got: PyTorch is not installed (no --python has torch)\n",
  ],
  ["goals.js --runs x", "goals: expected --runs to be a whole number of 1 or more, got x\n"],
])("%s is refused", (command, stderr) => {
  const [script, ...args] = command.split(" ");
  expect(run(script!, ...args)).toEqual({ status: 2, stderr, stdout: "" });
});
