// ONNX files with changed, missing or repeated bytes: each must be read, or refused with one line.
import { readdirSync, readFileSync } from "node:fs";
import { readOnnx } from "../../../dist/formats/onnx/import/read-onnx.js";
import { encodeModel } from "../../../dist/runs/model-codec.js";

const folder = new URL("../../formats/onnx/fixtures/", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".onnx"))
  .map((name) => ({ name, bytes: readFileSync(new URL(name, folder)) }));

/** The input of this number. */
export function makeInput(seed, index) {
  const random = numbers(seed, index);
  const { name, bytes } = files[random(files.length)];
  const kind = ["bytes", "cut", "moved"][random(3)];
  const changed = mutants[kind](bytes, random);
  return {
    name: kind,
    try() {
      const { graph } = readOnnx(changed, name);
      encodeModel({ name: "net", graph });
    },
  };
}

const mutants = {
  bytes(bytes, random) {
    const changed = Uint8Array.from(bytes);
    for (let count = 1 + random(8); count > 0; count--) changed[random(bytes.length)] = random(256);
    return changed;
  },
  cut: (bytes, random) => Uint8Array.from(bytes.subarray(0, random(bytes.length))),
  moved(bytes, random) {
    const changed = Uint8Array.from(bytes);
    const length = 1 + random(64);
    const [from, to] = [random(bytes.length - length), random(bytes.length - length)];
    changed.copyWithin(to, from, from + length);
    return changed;
  },
};

/** Whole numbers below a limit, from seed and number of the input. */
function numbers(seed, index) {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}
