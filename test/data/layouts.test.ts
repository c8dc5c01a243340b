import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { deflateRawSync, gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeData } from "../../src/data/describe.node.js";
import { loadData } from "../../src/data/load.node.js";
import { findMnist, readMnistFiles } from "../../src/data/sources/mnist-folder.node.js";
import { idxImages, idxLabels, inputError } from "./mnist-fixtures.js";
import { realMnist } from "./real-mnist.js";

const NAMES = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
] as const;
const mnist = realMnist();

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "fovea-layouts-"));
  folder = parent;
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

function write(path: string, bytes: Uint8Array | string = ""): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), bytes);
}

const pixels = (count: number) => Uint8Array.from({ length: count * 784 }, (_, i) => (i * 7) % 256);
const small = {
  trainImages: idxImages(3, 28, 28, pixels(3)),
  trainLabels: idxLabels([5, 0, 9]),
  testImages: idxImages(2, 28, 28, pixels(2)),
  testLabels: idxLabels([1, 2]),
};

/** A zip file (PKWARE's APPNOTE) with these entries. */
function zip(entries: Readonly<Record<string, Uint8Array>>, method: 0 | 8 | 12): Uint8Array {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(entries)) {
    const packed = method === 8 ? deflateRawSync(content) : content;
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50);
    header.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(content.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    const parts = [header, Buffer.from(name), Buffer.from(packed)];
    local.push(...parts);
    directory.push(entry, Buffer.from(name));
    at += Buffer.concat(parts).length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(directory.length / 2, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, listed, end]);
}

/** An array as NumPy writes it. */
function npy(shape: string, values: Uint8Array, type = "|u1", order = "False"): Uint8Array {
  const text = `{'descr': '${type}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
  const header = text.padEnd(117, " ").concat("\n");
  const magic = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  return Buffer.concat([magic, Buffer.from(header), values]);
}

const arrays = {
  "x_test.npy": npy("(2, 28, 28)", small.testImages.subarray(16)),
  "x_train.npy": npy("(3, 28, 28)", small.trainImages.subarray(16)),
  "y_train.npy": npy("(3,)", small.trainLabels.subarray(8)),
  "y_test.npy": npy("(2,)", small.testLabels.subarray(8)),
};

function csv(images: Uint8Array, labels: Uint8Array, titles: string, end = "\n"): string {
  const rows = [...labels.subarray(8)].map((label, index) =>
    [label, ...images.subarray(16 + index * 784, 16 + (index + 1) * 784)].join(","),
  );
  return `${titles}${rows.join(end)}${end}`;
}

/** The content of the four files, whatever the layout. */
async function contents(): Promise<Record<string, Uint8Array>> {
  const found = await findMnist(folder);
  expect(found.missing).toEqual([]);
  const files = Object.entries(await readMnistFiles(found));
  return Object.fromEntries(files.map(([role, { bytes }]) => [role, new Uint8Array(bytes)]));
}

describe("other layouts hold the same bytes", () => {
  test.each([0, 8] as const)("Keras's mnist.npz, method %s", async (method) => {
    write("mnist.npz", zip(arrays, method));
    expect(await contents()).toEqual(small);
  });

  test.each([
    ["with titles", "label,1x1,1x2\n", "\n"],
    ["with titles of another kind", "label,pixel0,pixel1\r\n", "\r\n"],
    ["without titles", "", "\n"],
  ])("text %s", async (_, titles, end) => {
    write("mnist_train.csv", csv(small.trainImages, small.trainLabels, titles, end));
    write("mnist_test.csv", csv(small.testImages, small.testLabels, titles, end).trimEnd());
    expect(await contents()).toEqual(small);
  });

  test("files beside folders of the same name, and files in them", async () => {
    for (const name of NAMES.slice(0, 2)) {
      mkdirSync(join(folder, name));
      write(name.replace("-idx", ".idx"), name);
    }
    for (const name of NAMES.slice(2)) write(`${name}/${name}`, name);
    const texts = Object.values(await contents()).map((bytes) => Buffer.from(bytes).toString());
    expect(texts).toEqual(NAMES);
  });

  test.each(["mnist", "MNIST", "raw", "mnist/raw", "MNIST/raw"])("in %s", async (inner) => {
    for (const name of NAMES) write(`${inner}/${name}.gz`, name);
    const found = await findMnist(folder);
    expect(found.missing).toEqual([]);
    expect(found.path.toLowerCase()).toBe(join(folder, inner).toLowerCase());
  });
});

describe("one line about what is wrong", () => {
  const rejects = async (message: string) =>
    expect(loadData(folder, { environment: {}, mirrors: [] })).rejects.toThrow(inputError(message));

  test("Hugging Face's files", async () => {
    write("README.md");
    write("mnist/train-00000-of-00001.parquet");
    await expect(loadData(folder)).rejects.toThrow(
      /got Hugging Face's parquet files, which Fovea does not read \(docs\/data\.md says how/,
    );
  });

  test("a folder with many files", async () => {
    for (const name of "hgfedcba") write(name);
    await expect(loadData(folder)).rejects.toThrow(/got a folder with "a", .*"f" and 2 more$/);
  });

  test("Kaggle's Digit Recognizer", async () => {
    write("mnist_train.csv", csv(small.trainImages, small.trainLabels, "label,pixel0\n"));
    write("mnist_test.csv", "pixel0,pixel1\n0,0\n");
    await rejects(
      `${folder}/mnist_test.csv: expected labels in the first column, got pixels alone: the test images of Kaggle's Digit Recognizer have none`,
    );
  });

  test.each([
    ["title,a\n1,2\n", `a label and pixels in each row, got "title"`],
    ["1,2,300\n", "a label and 784 pixels of 0..255 in row 1, got 300 as value 3"],
    ["1,2,x\n", "a label and 784 pixels of 0..255 in row 1, got x as value 3"],
    ["1,2\n", "a label and 784 pixels of 0..255 in row 1, got 2 as value 2"],
    ["1,2,", "a label and 784 pixels of 0..255 in row 1, got the end of the file as value 3"],
    ["", 'a label and pixels in each row, got "the end of the file"'],
  ])("text %j", async (text, message) => {
    write("mnist_train.csv", text);
    write("mnist_test.csv", text);
    await rejects(`${folder}/mnist_train.csv: expected ${message}`);
  });

  test.each<[string, Record<string, Uint8Array>, 0 | 8 | 12, string]>([
    [
      "no array",
      { a: new Uint8Array(1) },
      0,
      ": expected the arrays x_train, y_train, x_test and y_test, got no x_train",
    ],
    [
      "another compression",
      arrays,
      12,
      `: expected "x_train.npy" stored or deflated, got compression method 12`,
    ],
    [
      "other bytes",
      { ...arrays, "x_train.npy": new Uint8Array(9) },
      8,
      ": x_train: expected an array in NumPy's format, got other bytes",
    ],
    [
      "numbers of 64 bits",
      { ...arrays, "x_train.npy": npy("(1,)", new Uint8Array(8), "<i8") },
      8,
      `: x_train: expected an array of uint8 (|u1) in C order, got "<i8"`,
    ],
    [
      "Fortran order",
      { ...arrays, "x_train.npy": npy("(1,)", new Uint8Array(1), "|u1", "True") },
      8,
      ": x_train: expected an array of uint8 (|u1) in C order, got Fortran order",
    ],
    [
      "another rank",
      { ...arrays, "x_train.npy": npy("(2, 2)", new Uint8Array(4)) },
      8,
      ": x_train: expected an array of rank 3, got shape [2, 2]",
    ],
    [
      "a lying shape",
      { ...arrays, "x_train.npy": npy("(99999999999, 99999999999, 28)", new Uint8Array(4)) },
      8,
      ": x_train: expected 279999999994400000000028 values, as its header says, got 4",
    ],
  ])("arrays: %s", async (_, entries, method, message) => {
    write("mnist.npz", zip(entries, method));
    await rejects(`${folder}/mnist.npz${message}`);
  });

  test("a damaged deflate stream", async () => {
    const bytes = zip(arrays, 8);
    bytes.fill(0xff, 60, 90);
    write("mnist.npz", bytes);
    await expect(loadData(folder)).rejects.toThrow(/x_.*: expected an intact deflate stream|zip/);
  });

  test("other images in a layout that is known", async () => {
    write("mnist.npz", zip(arrays, 8));
    await expect(loadData(folder)).rejects.toThrow(
      /mnist\.npz: x_train: expected the content of MNIST's/,
    );
    const [first] = await describeData({ FOVEA_DATA: folder }, join(folder, "no"));
    expect(first).toMatchObject({ state: "damaged" });
    expect(first!.files.map(({ path }) => path)).toEqual(Array(4).fill(join(folder, "mnist.npz")));
  });

  test("gigantic headers and bombs", async () => {
    const header = idxImages(1, 28, 28).slice(0, 16);
    new DataView(header.buffer).setUint32(4, 0xffffffff);
    for (const name of NAMES) write(name, header);
    await rejects(
      `${folder}/${NAMES[0]}: expected ${16n + 0xffffffffn * 784n} bytes, as its header says, got 16`,
    );
  });

  test.skipIf(process.platform === "win32")("pipes, devices and folders are not read", async () => {
    folder = join(folder, "mnist");
    mkdirSync(folder);
    for (const name of NAMES.slice(1)) write(name);
    const [first] = NAMES;
    const path = join(folder, first);
    execFileSync("mkfifo", [path]);
    await rejects(`${path}: expected a file that can be read, got a pipe`);
    const [place] = await describeData({ FOVEA_DATA: folder }, join(folder, "no"));
    expect(place!.files[0]!.problem).toMatch(/got a pipe$/);
    rmSync(path);
    symlinkSync("/dev/zero", path);
    await rejects(`${path}: expected a file that can be read, got a device`);
    rmSync(path);
    symlinkSync(path, path);
    await rejects(`${path}: expected a file that can be read, got a symbolic link`);
  });
});

test.skipIf(!mnist)("the real MNIST as torchvision, Keras and text have it", async () => {
  cpSync(mnist!, join(folder, "MNIST/raw"), { recursive: true });
  const plain = (name: string) => gunzipSync(readFileSync(join(mnist!, `${name}.gz`)));
  const [trainImages, trainLabels, testImages, testLabels] = NAMES.map(plain) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  const load = async () => (await loadData(folder)).data;
  const expected = await load();
  write(
    "mnist.npz",
    zip(
      {
        "x_train.npy": npy("(60000, 28, 28)", trainImages.subarray(16)),
        "y_train.npy": npy("(60000,)", trainLabels.subarray(8)),
        "x_test.npy": npy("(10000, 28, 28)", testImages.subarray(16)),
        "y_test.npy": npy("(10000,)", testLabels.subarray(8)),
      },
      0,
    ),
  );
  expect((await load()).source).toBe(folder);
  renameSync(join(folder, "mnist.npz"), join(folder, "other.npz"));
  write("train.csv", csv(trainImages, trainLabels, "label\n"));
  write("test.csv", csv(testImages, testLabels, "label\n"));
  const text = await load();
  expect(text.source).toBe(folder);
  expect(text.train.images.at(-300)).toBe(expected.train.images.at(-300));
  expect(text.digest).toBe(expected.digest);
});
