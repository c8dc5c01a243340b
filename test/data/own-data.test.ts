import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { encode } from "fast-png";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inspectData } from "../../src/data/inspection.js";
import { loadData } from "../../src/data/load.node.js";
import type { LoadOptions } from "../../src/data/loaded-data.node.js";
import { writeZip } from "../../src/formats/write-zip.js";
import { idxImages, idxLabels } from "./mnist-fixtures.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-own-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(join(folder, "set", path)), { recursive: true });
  writeFileSync(join(folder, "set", path), bytes);
}

/** A PNG picture of one colour. */
function png(colour: number | readonly number[], rows = 4, columns = 4) {
  const parts = typeof colour === "number" ? [colour] : colour;
  const data = Uint8Array.from(
    { length: rows * columns * parts.length },
    (_, i) => parts[i % parts.length]!,
  );
  return encode({ width: columns, height: rows, data, channels: parts.length, depth: 8 });
}

const load = (options: LoadOptions = {}, inner = "") =>
  loadData(join(folder, "set", inner), { preparedFolder: null, environment: {}, ...options });

/** An array as NumPy writes it. */
function npy(type: string, shape: string, values: Uint8Array): Uint8Array {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117);
  const magic = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
  return Buffer.concat([magic, Buffer.from(`${text}\n`), values]);
}

describe("pictures by class", () => {
  test("a test part is a fifth of each class, the same each time", async () => {
    for (let i = 0; i < 10; i++) {
      write(`cat/${i}.png`, png(i));
      write(`ant/${i}.png`, png(100 + i));
    }
    write("notes.txt", "not a picture");
    const { data, reason, notes } = await load();
    expect(data).toMatchObject({ name: "set", channels: 1, rows: 4, columns: 4, classes: 2 });
    expect(data.classNames).toEqual(["ant", "cat"]);
    expect([...data.test.labels]).toEqual([0, 0, 1, 1]);
    expect(reason).toMatch(/^data: set, 16 \+ 4 images of 4×4, 2 classes from /);
    expect(notes).toContain("data: 20 PNG; all grey, 1 channel");
    expect(notes.join()).toContain("4 of 20 images, a fifth of each class, became the test images");
    expect(notes).toContain("data: 1 file of other kinds left out");
    expect((await load()).data.digest).toBe(data.digest);
    for (let image = 0; image < 16; image++) {
      expect(data.train.images[image * 16]! >= 100).toBe(data.train.labels[image] === 0);
    }
  });

  test("parts, classes by number, colours with a mean for each channel", async () => {
    write("train/10/a.png", png([200, 100, 0]));
    write("train/9/a.png", png(50));
    write("val/9/b.png", png(60));
    write("test/10/c.png", png([1, 2, 3]));
    const { data, notes } = await load();
    expect(data.classNames).toEqual(["9", "10"]);
    expect([data.train.count, data.test.count, data.channels]).toEqual([3, 1, 3]);
    expect(data.mean).toEqual([200, 100, 0].map((v) => Number(((v + 110) / 3 / 255).toFixed(4))));
    expect(notes).toContain("data: the 1 validation images were added to training");
    expect([...data.test.images.subarray(0, 3)]).toEqual([1, 2, 3]);
  });

  test("several sizes need one; what was done is said, and the options are kept", async () => {
    for (let i = 0; i < 3; i++) write(`a/${i}.png`, png(9, 4 + i, 4));
    await expect(load()).rejects.toThrow(
      "set: expected pictures of one size, or a size to bring them to (option size, such as 32), got 3 sizes: 4×4 (1), 5×4 (1), 6×4 (1)",
    );
    const { data, notes } = await load({ size: [8, 6], fit: "stretch" });
    expect([data.rows, data.columns]).toEqual([8, 6]);
    expect(notes).toContain("data: 3 pictures of other sizes brought to 8×6 (stretch)");
    expect(data.options).toEqual({ size: [8, 6], fit: "stretch" });
  });

  test("only pictures with something transparent count as laid over white", async () => {
    write("a/0.png", png([9, 9, 9, 255]));
    write("a/1.png", png([9, 9, 9, 254]));
    write("a/2.png", png([9, 9, 9, 0]));
    const { notes } = await load();
    expect(notes).toContain("data: 2 with transparent parts laid over white");
  });

  test("unreadable files are named, or left out as asked", async () => {
    for (let i = 0; i < 9; i++) write(`a/${i}.png`, i < 4 ? "no picture" : png(i));
    await expect(load()).rejects.toThrow(
      /set: expected pictures that can be read, or to skip unreadable ones \(option skipUnreadable\), got 4 that cannot: "a\/0\.png" \(expected a PNG.*other bytes\), .* and 1 more$/,
    );
    const { data, notes } = await load({ skipUnreadable: true });
    expect(data.train.count + data.test.count).toBe(5);
    expect(notes).toContain("data: 4 unreadable files left out");
  });

  test.each<[string, () => void, RegExp]>([
    [
      "no class",
      () => write("a.png", png(1)),
      /every picture in a folder of its class, got 1 in none/,
    ],
    [
      "no training part",
      () => write("test/a/b.png", png(1)),
      /pictures to train on, in a folder train/,
    ],
    ["one picture", () => write("a/b.png", png(1)), /two images or more of a class/],
    [
      "nothing",
      () => write("a.txt", ""),
      /pictures in folders by class, an IDX set.*got a folder with "a.txt"/,
    ],
  ])("%s", async (_, make, message) => {
    make();
    await expect(load()).rejects.toThrow(message);
  });

  test("decoded pictures are kept until a file changes", async () => {
    for (let i = 0; i < 9; i++) write(`a/${i}.png`, png(i));
    const preparedFolder = join(folder, "cache");
    const first = await load({ preparedFolder });
    let decoded = 0;
    const onDecode = () => decoded++;
    const second = await load({ preparedFolder, onDecode });
    expect(decoded).toBe(0);
    expect(second.data).toEqual(first.data);
    expect(second.notes).toEqual(first.notes);
    utimesSync(join(folder, "set/a/3.png"), 1, 1);
    await load({ preparedFolder, onDecode });
    expect(decoded).toBeGreaterThan(0);
    for (const name of readdirSync(preparedFolder))
      writeFileSync(join(preparedFolder, name), "damaged");
    expect((await load({ preparedFolder })).data.digest).toBe(first.data.digest);
  });

  test("a file of the cache that is damaged anywhere is not used", async () => {
    for (let i = 0; i < 3; i++) write(`cat/${i}.png`, png(40 + i));
    const preparedFolder = join(folder, "cache");
    const first = await load({ preparedFolder });
    const path = join(preparedFolder, readdirSync(preparedFolder)[0]!);
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at += 3) {
      const damaged = Uint8Array.from(whole);
      damaged[at]! ^= 1;
      writeFileSync(path, damaged);
      expect(await load({ preparedFolder }), `byte ${at}`).toEqual(first);
    }
  });

  test("threads decode what one thread does", async () => {
    for (let i = 0; i < 150; i++) write(`${i % 3}/${i}.png`, png([i, 2 * (i % 100), 7], 5, 3));
    const { data } = await load({ size: [4, 4] });
    expect([data.train.count, data.test.count, data.channels]).toEqual([120, 30, 3]);
    for (let image = 0; image < 120; image++) {
      expect(data.train.images[image * 48]! % 3).toBe(data.train.labels[image]);
    }
  });
});

describe("folders that are easily misread", () => {
  test("a link to a folder around it", async () => {
    for (let i = 0; i < 4; i++) write(`${"ab"[i % 2]}/${i}.png`, png(i));
    symlinkSync("..", join(folder, "set", "a", "up"));
    const whole = realpathSync(join(folder, "set"));
    await expect(load()).rejects.toThrow(
      `${join(folder, "set")}/a/up: expected no link to a folder that it lies in, got a link to ${whole}`,
    );
  });

  test("a folder beside train and val is no class, but a class may be called train", async () => {
    for (let i = 0; i < 4; i++) write(`train/${"ab"[i % 2]}/${i}.png`, png(i));
    write("docs/figure.png", png(9));
    await expect(load()).rejects.toThrow(
      'expected beside "train" only folders train, val and test, got a folder "docs"',
    );
    rmSync(join(folder, "set"), { recursive: true });
    for (let i = 0; i < 4; i++) write(`${["bus", "train"][i % 2]}/${i}.png`, png(i));
    expect((await load()).data.classNames).toEqual(["bus", "train"]);
  });

  test("classes that a part lacks are said", async () => {
    for (let i = 0; i < 4; i++) write(`train/${"ab"[i % 2]}/${i}.png`, png(i));
    write("test/c/0.png", png(7));
    const { notes } = await load();
    expect(notes).toContain("data: there are no training images of c");
    expect(notes).toContain("data: there are no test images of a, b");
  });

  test("names in a zip file with Windows' separators, . and ..", async () => {
    const files = ["pics\\a\\0.png", "pics\\a\\1.png", "./pics/b/0.png", "../pics/b/1.png"];
    const zip = writeZip(new Map(files.map((name, i) => [name, png(i)])), "set.zip");
    write("set.zip", zip);
    expect((await load({}, "set.zip")).data.classNames).toEqual(["a", "b"]);
  });
});

describe("other sets", () => {
  const pixels = (count: number, size: number) =>
    Uint8Array.from({ length: count * size }, (_, i) => (i * 7) % 251);

  test("IDX, with labels from 1", async () => {
    write("train-images-idx3-ubyte", idxImages(3, 2, 2, pixels(3, 4)));
    write("train-labels-idx1-ubyte", idxLabels([1, 3, 2]));
    write("t10k-images-idx3-ubyte.gz", gzipSync(idxImages(1, 2, 2, pixels(1, 4))));
    write("t10k-labels-idx1-ubyte", idxLabels([3]));
    const { data, notes } = await load();
    expect(data).toMatchObject({ name: "set", classes: 3, rows: 2, columns: 2 });
    expect([...data.train.labels, ...data.test.labels]).toEqual([0, 2, 1, 2]);
    expect(notes).toEqual([
      "data: labels 1..3 became 0..2",
      "data: there are no test images of 0, 1",
    ]);
  });

  test("EMNIST is set upright, and one of several sets is chosen by a file", async () => {
    for (const name of ["emnist-letters", "emnist-digits"]) {
      write(
        `${name}-train-images-idx3-ubyte`,
        idxImages(2, 2, 2, Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8])),
      );
      write(`${name}-train-labels-idx1-ubyte`, idxLabels([1, 26]));
      write(`${name}-test-images-idx3-ubyte`, idxImages(1, 2, 2, Uint8Array.from([9, 8, 7, 6])));
      write(`${name}-test-labels-idx1-ubyte`, idxLabels([2]));
    }
    await expect(load()).rejects.toThrow("one IDX set (one of its files chooses it), got emnist-");
    const { data, notes } = await load({}, "emnist-letters-train-images-idx3-ubyte");
    expect([...data.train.images]).toEqual([1, 3, 2, 4, 5, 7, 6, 8]);
    expect([...data.train.labels]).toEqual([0, 25]);
    expect(data.classNames?.at(25)).toBe("z");
    expect(notes[0]).toBe("data: EMNIST's images are stored transposed; they were set upright");
  });

  test("CSV, with a test file that has no labels, and Windows' line ends", async () => {
    const rows = Array.from({ length: 10 }, (_, i) => `${i % 2},${i},2,3,4`);
    write("train.csv", `label,pixel0,pixel1,pixel2,pixel3\r\n${rows.join("\r\n")}\r\n`);
    write("test.csv", "pixel0,pixel1,pixel2,pixel3\r\n1,2,3,4\r\n");
    const { data, notes } = await load();
    expect([data.train.count, data.test.count, data.rows]).toEqual([8, 2, 2]);
    expect(notes[0]).toBe("data: test.csv has no labels and was left out");
  });

  test("NumPy arrays of floating point, channels first", async () => {
    const values = new Float32Array([0, 1, 0.5, 0, 1, 0, 0.25, 0, 0, 0, 0, 1]);
    write("x_train.npy", npy("<f4", "(1, 3, 2, 2)", new Uint8Array(values.buffer)));
    write("y_train.npy", npy("<i8", "(1,)", new Uint8Array(new BigInt64Array([0n]).buffer)));
    write("x_test.npy", npy("|u1", "(1, 3, 2, 2)", pixels(1, 12)));
    write("y_test.npy", npy("|u1", "(1, 2)", Uint8Array.from([0, 1])));
    const { data, notes } = await load();
    expect([...data.train.images]).toEqual([0, 255, 0, 255, 0, 0, 128, 64, 0, 0, 0, 255]);
    expect([...data.test.labels]).toEqual([1]);
    expect(notes).toContain("data: pixels of 0..1 were multiplied by 255 and rounded");
  });

  test("CIFAR-10's binary files", async () => {
    const record = (label: number) => Uint8Array.from([label, ...pixels(1, 3072)]);
    write("cifar-10-batches-bin/data_batch_1.bin", record(3));
    write("cifar-10-batches-bin/data_batch_2.bin", record(5));
    write("cifar-10-batches-bin/test_batch.bin", record(9));
    const { data } = await load();
    expect([...data.train.labels, ...data.test.labels]).toEqual([3, 5, 9]);
    expect(data.classNames?.[9]).toBe("truck");
    const plane = pixels(1, 3072);
    expect([...data.test.images.subarray(0, 3)]).toEqual([plane[0], plane[1024], plane[2048]]);
    await expect(load({ size: [8, 8], grey: true })).resolves.toMatchObject({
      data: { rows: 8, columns: 8, channels: 1 },
    });
  });

  test("a zip file of any of them", async () => {
    const files = new Map<string, Uint8Array>();
    for (let i = 0; i < 5; i++) {
      files.set(`pets/cat/${i}.png`, png(i));
      files.set(`pets/dog/${i}.png`, png(90 + i));
    }
    write("pets.zip", writeZip(files, "pets.zip"));
    const { data } = await load({}, "pets.zip");
    expect(data).toMatchObject({ name: "pets", classNames: ["cat", "dog"] });
    expect([data.train.count, data.test.count]).toEqual([8, 2]);
  });

  test("a zip file that another program compressed", async () => {
    for (let i = 0; i < 5; i++) write(`cat/${i}.png`, png(i, 30, 30));
    try {
      execFileSync("python3", ["-m", "zipfile", "-c", "../pets.zip", "cat"], {
        cwd: join(folder, "set"),
      });
    } catch {
      console.warn("python3 is missing: its zip file is not read");
      return;
    }
    const { data } = await loadData(join(folder, "pets.zip"), { preparedFolder: null });
    expect([data.train.count, data.rows]).toEqual([4, 30]);
  });

  test.each([
    [{ size: [0, 4] }, "each side of size to be a whole number in 1..4096, got 0"],
    [{ fit: "crop" }, "fit only with size, got fit alone"],
    [{ size: [4, 4], fit: "zoom" }, 'fit to be pad, crop or stretch, got "zoom"'],
  ])("options %j", async (options, message) => {
    write("a/b.png", png(1));
    await expect(load(options as LoadOptions)).rejects.toThrow(`data: expected ${message}`);
  });

  test("data that a name finds have their own size", async () => {
    await expect(loadData("digits", { size: [8, 8] })).rejects.toThrow(
      "data: expected size only with a path of data, got digits",
    );
  });
});

test("inspection finds twins between training and test, and labels that contradict", async () => {
  const noise = (seed: number) =>
    Uint8Array.from(
      { length: 64 },
      (_, i) => (Math.imul(i + 1 + 99 * seed, 2654435761) >>> 24) & 255,
    );
  const picture = (data: Uint8Array) =>
    encode({ width: 8, height: 8, data, channels: 1, depth: 8 });
  for (let i = 0; i < 4; i++) write(`train/a/${i}.png`, picture(noise(i)));
  write("train/b/0.png", picture(noise(0)));
  write("test/a/0.png", picture(noise(1)));
  write("test/a/1.png", picture(noise(2).map((v) => Math.min(255, v + 2))));
  write("test/b/2.png", picture(noise(77)));
  const found = inspectData((await load()).data);
  expect(found.classes).toEqual([
    { name: "a", train: 4, test: 2 },
    { name: "b", train: 1, test: 1 },
  ]);
  expect(found.imbalance).toBe(4);
  expect(found.exact).toEqual([{ test: 0, train: 1, difference: 0, testLabel: 0, trainLabel: 0 }]);
  expect(found.near).toMatchObject([{ test: 1, train: 2 }]);
  expect([found.repeated, found.contradicting]).toEqual([1, 1]);
});
