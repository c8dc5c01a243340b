import { readFileSync } from "node:fs";
import { readPyTorch } from "../../../dist/formats/pytorch.js";
import { readSafetensors, writeSafetensors } from "../../../dist/formats/safetensors.js";
import { writePyTorch } from "../../../dist/formats/write-pytorch.js";
import { decodeWeights } from "../../../dist/runs/weights-codec.js";
import { Random } from "../random.js";
import { mutateBytes } from "./byte-mutants.js";
import { mutateSafetensorsHeader } from "./safetensors-mutants.js";
import { mutateFiles, mutateInnerPickle, mutateZip64, mutateZipFields } from "./zip-mutants.js";

const readJson = (name) =>
  JSON.parse(readFileSync(new URL(`../../formats/${name}`, import.meta.url)));
const fixtures = readJson("pytorch-fixtures.json");
/** Of newer versions: metadata, attributes, newer types, and what may stand beside weights. */
const { exported, npz, ...foreign } = Object.fromEntries(
  Object.entries(readJson("foreign-fixtures.json")).map(([name, { file }]) => [
    name,
    Buffer.from(file, "base64"),
  ]),
);
const { script, legacy, ...checkpoints } = Object.fromEntries(
  Object.entries(fixtures).map(([name, text]) => [name, Buffer.from(text, "base64")]),
);
const tensors = new Map([
  ["w", { shape: [2, 3], values: new Float32Array([1, 2, 3, 4, 5, 6]) }],
  ["empty", { shape: [0, 4], values: new Float32Array() }],
  ["scalar", { shape: [], values: new Float32Array([7]) }],
]);
/** Whose pickles hold nothing but what a checkpoint may hold, so that changes get further. */
const { code, complex, module: whole, sparse, ...readable } = checkpoints;
const plain = [
  ...Object.values(readable),
  ...Object.values(foreign),
  Buffer.from(writePyTorch(tensors)),
];
const pytorch = [...plain, code, complex, whole, sparse];
const safetensors = [Buffer.from(writeSafetensors(tensors, { format: "pt" }))];

/** The beginnings of files that hold no weights. */
const otherFiles = [
  "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
  "<!DOCTYPE html><html></html>",
  '{"error": "not found"}',
  "\x89HDF\r\n\x1a\n\0\0",
  "\x08\x07\x12\x07pytorch",
].map((text) => Buffer.from(text, "latin1"));

/** Ways to make an input: from which files, how, and what reads it; some are taken more often. */
const strategies = [
  { name: "pickle", share: 8, seeds: plain, mutate: mutateInnerPickle, read: readPyTorch },
  { name: "files", share: 2, seeds: pytorch, mutate: mutateFiles, read: readPyTorch },
  { name: "zip fields", share: 3, seeds: pytorch, mutate: mutateZipFields, read: readPyTorch },
  { name: "zip64", share: 1, seeds: pytorch, mutate: mutateZip64, read: readPyTorch },
  {
    name: "bytes",
    share: 2,
    seeds: [...pytorch, script, legacy],
    mutate: mutateBytes,
    read: readPyTorch,
  },
  {
    name: "any file",
    share: 1,
    seeds: [...pytorch, ...safetensors, script, legacy, exported, npz, ...otherFiles],
    mutate: mutateBytes,
    read: (bytes, where) => ({ tensors: decodeWeights(bytes, where).parameters }),
  },
  {
    name: "safetensors header",
    share: 3,
    seeds: safetensors,
    mutate: mutateSafetensorsHeader,
    read: readSafetensors,
  },
  {
    name: "safetensors bytes",
    share: 1,
    seeds: safetensors,
    mutate: mutateBytes,
    read: readSafetensors,
  },
];
const wheel = strategies.flatMap((strategy) => Array(strategy.share).fill(strategy));

/** What views may add to a file's length, as `readPyTorch` says. */
const MOST_REPEATED = 2 ** 26;

/** Input number `index` of a seed. */
export function makeInput(seed, index) {
  const random = new Random(Math.imul(seed + 1, 0x85ebca6b) ^ Math.imul(index, 0xc2b2ae35));
  const { name, seeds, mutate, read } = random.pick(wheel);
  const bytes = mutate(random.pick(seeds), random, pytorch);
  return { name, try: () => findWrongTensor(read(bytes, "file").tensors, bytes.length) };
}

function findWrongTensor(tensors, length) {
  let bytes = 0;
  for (const [name, { shape, values }] of tensors) {
    bytes += values.byteLength;
    if (values.length !== shape.reduce((size, extent) => size * extent, 1)) {
      return `${values.length} values in ${name} of shape ${shape}`;
    }
  }
  return bytes > length + MOST_REPEATED ? `${bytes} bytes out of ${length}` : undefined;
}
