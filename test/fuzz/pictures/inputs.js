import { readdirSync, readFileSync } from "node:fs";
import { parseIdxImages } from "../../../dist/data/sources/idx.js";
import { decodePicture } from "../../../dist/data/sources/pictures/decode.js";
import { findArrays, readArrays } from "../../../dist/data/sources/sets/array-set.js";
import { parseCsv } from "../../../dist/data/sources/sets/csv-set.js";
import { listZip } from "../../../dist/data/sources/sets/zip-files.js";
import { preparePicture } from "../../../dist/data/transforms/prepare.js";
import { crc32 } from "../../../dist/formats/crc32.js";
import { parseNpy } from "../../../dist/formats/npy-array.js";
import { writeZip } from "../../../dist/formats/write-zip.js";
import { mutateBytes } from "../checkpoints/byte-mutants.js";
import { Random } from "../random.js";

const folder = new URL("../../data/fixtures/pictures/", import.meta.url);
const pictures = readdirSync(folder)
  .filter((name) => !name.endsWith(".json"))
  .map((name) => [name, readFileSync(new URL(name, folder))]);
/** Colours and grey, what a picture is brought to, or nothing. */
const wishes = [
  undefined,
  { rows: 9, columns: 5, fit: "pad", grey: false },
  { rows: 40, columns: 7, fit: "crop", grey: true },
  { rows: 3, columns: 31, fit: "stretch", grey: false },
];

const csv = ["label,pixel0,pixel1,pixel2,pixel3", "3,0,255,17,4", "1,9,8,7,6", ""].join("\n");
const npy = array(
  "<f4",
  "(2, 2, 2)",
  Buffer.from(new Float32Array([0, 1, 0.5, 0, 1, 0, 0, 0.25]).buffer),
);
const images = array("|u1", "(2, 2, 2)", Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]));
const labels = array("<i8", "(2,)", Buffer.from(new BigInt64Array([0n, 1n]).buffer));
const npz = writeZip(
  new Map([
    ["x_train.npy", images],
    ["y_train.npy", labels],
  ]),
  "a.npz",
);
const idx = Buffer.from([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4]);

function array(type, shape, values) {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117);
  const magic = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
  return Buffer.concat([magic, Buffer.from(`${text}\n`), values]);
}

/** An input of this number: a changed file, and how it is read. */
export function makeInput(seed, index) {
  const random = new Random(seed * 1_000_003 + index);
  const kind = random.below(10);
  if (kind < 6) return pictureInput(random);
  if (kind === 6) {
    const bytes = mutateBytes(Buffer.from(csv), random);
    return { name: "csv", try: () => checkTable(parseCsv(bytes, "a.csv")) };
  }
  if (kind === 7) {
    const bytes = mutateBytes(npy, random);
    return { name: "npy", try: () => checkArray(parseNpy(bytes, "a.npy")) };
  }
  if (kind === 8) {
    const bytes = mutateBytes(Buffer.from(npz), random);
    return { name: "npz", try: () => readPacked(bytes) };
  }
  const bytes = mutateBytes(idx, random);
  return { name: "idx", try: () => void parseIdxImages(bytes, "a-idx3-ubyte") };
}

function pictureInput(random) {
  const [name, bytes] = random.pick(pictures);
  const changed = mutateBytes(bytes, random);
  const isPng = name.endsWith(".png");
  // Half of the changed PNG files get right CRC-32s, so that changes get further.
  const mutant = isPng && random.below(2) === 0 ? withCrcs(changed) : changed;
  const wanted = random.pick(wishes);
  return {
    name: name.slice(name.lastIndexOf(".") + 1),
    try() {
      const { rows, columns, channels, values } = preparePicture(
        decodePicture(mutant, name),
        wanted,
      );
      if (wanted && (rows !== wanted.rows || columns !== wanted.columns)) return "another size";
      if (channels !== 1 && channels !== 3) return `${channels} channels`;
      return values.length === rows * columns * channels ? undefined : `${values.length} values`;
    },
  };
}

function withCrcs(bytes) {
  const fixed = Buffer.from(bytes);
  for (let at = 8; at + 12 <= fixed.length; ) {
    const end = at + 12 + fixed.readUInt32BE(at);
    if (end > fixed.length) break;
    fixed.writeUInt32BE(crc32(fixed.subarray(at + 4, end - 4)), end - 4);
    at = end;
  }
  return fixed;
}

function checkTable({ pixels, set }) {
  if (set && set.images.length !== set.count * pixels) return "another number of pixels";
  return undefined;
}

function checkArray({ shape, values }) {
  const count = shape.reduce((product, size) => product * size, 1);
  return values.length === count ? undefined : `${values.length} values for ${shape}`;
}

async function readPacked(bytes) {
  const files = listZip(bytes, "a.npz");
  const found = findArrays(files);
  if (found === undefined) return undefined;
  const { train, rows, columns, channels } = await readArrays(files, found);
  const size = rows * columns * channels;
  return train.images.length === train.count * size ? undefined : "another number of pixels";
}
