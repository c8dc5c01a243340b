import { writeZip } from "../../../dist/formats/write-zip.js";
import { openZip } from "../../../dist/formats/zip.js";
import { mutateBytes, writeNumber } from "./byte-mutants.js";
import { mutatePickle } from "./pickle-mutants.js";

/** Where the numbers of each record of a zip file stand, and how wide they are. */
const records = new Map([
  [
    0x04034b50,
    [
      [4, 2],
      [6, 2],
      [8, 2],
      [14, 4],
      [18, 4],
      [22, 4],
      [26, 2],
      [28, 2],
    ],
  ],
  [
    0x02014b50,
    [
      [8, 2],
      [10, 2],
      [16, 4],
      [20, 4],
      [24, 4],
      [28, 2],
      [30, 2],
      [32, 2],
      [34, 2],
      [42, 4],
    ],
  ],
  [
    0x06054b50,
    [
      [4, 2],
      [8, 2],
      [10, 2],
      [12, 4],
      [16, 4],
      [20, 2],
    ],
  ],
  [
    0x06064b50,
    [
      [4, 8],
      [24, 8],
      [32, 8],
      [40, 8],
      [48, 8],
    ],
  ],
  [
    0x07064b50,
    [
      [4, 4],
      [8, 8],
      [16, 4],
    ],
  ],
]);

/** Changes numbers in a zip file's headers: counts, sizes, places, methods. */
export function mutateZipFields(bytes, random) {
  const mutant = Buffer.from(bytes);
  const fields = findFields(mutant);
  for (let count = random.few(); count > 0; count--) {
    const [at, width] = random.pick(fields);
    if (at + width > mutant.length) continue;
    const near = mutant.readUIntLE(at, Math.min(width, 6));
    writeNumber(mutant, at, width, random.edge(near));
  }
  return mutant;
}

function findFields(bytes) {
  const found = [];
  for (let at = 0; at + 4 <= bytes.length; at++) {
    for (const [offset, width] of records.get(bytes.readUInt32LE(at)) ?? []) {
      found.push([at + offset, width]);
    }
  }
  return found;
}

/** A zip file whose last entry has its numbers in a zip64 field, some of them wrong. */
export function mutateZip64(bytes, random) {
  const whole = Buffer.from(writeZip(filesOf(bytes), "fuzz"));
  const end = whole.length - 22;
  const entry = whole.lastIndexOf(Buffer.from("PK\x01\x02", "latin1"), end);
  const extra = Buffer.alloc(28);
  writeNumber(extra, 0, 2, random.chance(0.9) ? 1 : random.edge());
  writeNumber(extra, 2, 2, random.chance(0.8) ? 24 : random.edge(24));
  for (const [index, offset] of [24, 20, 42].entries()) {
    const value = whole.readUInt32LE(entry + offset);
    writeNumber(extra, 4 + index * 8, 8, random.chance(0.8) ? value : random.edge(value));
    whole.writeUInt32LE(0xffffffff, entry + offset);
  }
  whole.writeUInt16LE(extra.length, entry + 30);
  whole.writeUInt32LE(whole.readUInt32LE(end + 12) + extra.length, end + 12);
  return Buffer.concat([whole.subarray(0, end), extra, whole.subarray(end)]);
}

/** Changes the pickle in a checkpoint; its zip file stays right. */
export function mutateInnerPickle(bytes, random, others) {
  const files = filesOf(bytes);
  const name = pickleName(files);
  const pickle = files.get(name);
  const mutant = random.chance(0.9)
    ? mutatePickle(pickle, random, others.map((other) => filesOf(other)).map(pickleOf))
    : mutateBytes(pickle, random);
  return writeZip(new Map(files).set(name, mutant), "fuzz");
}

/** Leaves out, cuts, adds, renames and mixes up the files in a checkpoint. */
export function mutateFiles(bytes, random) {
  const files = new Map(filesOf(bytes));
  const folder = pickleName(files).replace("data.pkl", "");
  for (let count = random.few(); count > 0 && files.size > 1; count--) {
    const name = random.pick([...files.keys()]);
    const content = files.get(name);
    random.pick([
      () => files.delete(name),
      () => files.set(name, content.subarray(0, random.below(content.length + 1))),
      () => files.set(name, Buffer.concat([content, Buffer.alloc(1 + random.below(40))])),
      () => files.set(random.pick([...files.keys()]), content),
      () => files.set(`${folder}constants.pkl`, content),
      () => files.set("other/data.pkl", content),
      () =>
        files.set(`${folder}byteorder`, Buffer.from(random.pick(["big", "little", "", "\u2028"]))),
      () =>
        files.delete(name) &&
        files.set(random.pick(["", "data.pkl", "a/b/data.pkl", "\n"]), content),
    ])();
  }
  return duplicateName(Buffer.from(writeZip(files, "fuzz")), random);
}

/** Now and then gives one storage the name of another, in both of its headers. */
function duplicateName(bytes, random) {
  if (!random.chance(0.2)) return bytes;
  const to = Buffer.from("/data/0");
  for (let at = bytes.indexOf("/data/1"); at >= 0; at = bytes.indexOf("/data/1", at + 1)) {
    bytes.set(to, at);
  }
  return bytes;
}

const contents = new WeakMap();

function filesOf(bytes) {
  if (!contents.has(bytes)) {
    const zip = openZip(bytes, "seed");
    contents.set(bytes, new Map(zip.names.map((name) => [name, zip.read(name)])));
  }
  return contents.get(bytes);
}

function pickleOf(files) {
  return files.get(pickleName(files));
}

function pickleName(files) {
  return [...files.keys()].find((name) => name.endsWith("/data.pkl"));
}
