import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { describeData } from "../../src/data/describe.node.js";
import { loadData } from "../../src/data/load.node.js";
import { NoMnistError } from "../../src/data/load-mnist.node.js";
import type { LoadOptions } from "../../src/data/loaded-data.node.js";
import { digits, namedDigits } from "../../src/data/sources/digits.js";
import { gzip, idxImages, idxLabels, inputError } from "./mnist-fixtures.js";
import { realMnist } from "./real-mnist.js";

const FILES = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
];
const mnist = realMnist();
const sets =
  "pictures in folders by class, an IDX set, CSV or NumPy files with images and labels, " +
  "CIFAR's binary files, or a zip file of these";
const lookedFor =
  "MNIST (its four files, gzipped or not; mnist.npz; or mnist_train.csv and mnist_test.csv) here " +
  "or in mnist, MNIST, raw, mnist/raw or MNIST/raw";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-load-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** Options that use neither this machine's data nor the network. */
function alone(more: LoadOptions = {}): LoadOptions {
  return { environment: {}, cacheFolder: join(folder, "cache"), mirrors: [], ...more };
}

/** A folder with links to the real files, some left out. */
function linkMnist(name: string, except: readonly string[] = []): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  for (const file of FILES) {
    if (!except.includes(file)) symlinkSync(join(mnist!, `${file}.gz`), join(path, `${file}.gz`));
  }
  return path;
}

/** A folder with four files that have MNIST's names and the content given, else a small set. */
function fakeMnist(contents: Partial<Record<string, Uint8Array>> = {}): string {
  const small: Record<string, Uint8Array> = {
    "train-images-idx3-ubyte": idxImages(4, 28, 28),
    "train-labels-idx1-ubyte": idxLabels([1, 2, 3, 4]),
    "t10k-images-idx3-ubyte": idxImages(2, 28, 28),
    "t10k-labels-idx1-ubyte": idxLabels([1, 2]),
  };
  const path = join(folder, "mnist");
  mkdirSync(path);
  for (const file of FILES) writeFileSync(join(path, file), contents[file] ?? small[file]!);
  return path;
}

describe("a choice that cannot be had", () => {
  test("an unknown name lists what is allowed", async () => {
    await expect(loadData("cifar", alone())).rejects.toThrow(
      inputError(
        `data: expected auto, mnist, digits, fashion-mnist, kmnist, mnist-r, mnist-rts, mnist-p, mnist-e, mnist-cluttered, mnist-rot-12k, or a path of pictures or of other files with images, got "cifar"`,
      ),
    );
  });

  test("a folder that is not there", async () => {
    const path = join(folder, "nowhere");
    await expect(loadData(path, alone())).rejects.toThrow(
      inputError(`${path}: expected a folder that can be read, got no such file or folder`),
    );
  });

  test("a file in place of a folder", async () => {
    const path = join(folder, "file");
    writeFileSync(path, "");
    await expect(loadData(path, alone())).rejects.toThrow(
      inputError(`${path}: expected ${sets}, got a folder with "file"`),
    );
  });

  test("a folder without the files", async () => {
    await expect(loadData(folder, alone())).rejects.toThrow(
      inputError(`${folder}: expected ${sets}, got an empty folder`),
    );
  });

  test("mnist with no folder, cache or mirror says what to do", async () => {
    await expect(loadData("mnist", alone({}))).rejects.toThrow(NoMnistError);
    await expect(loadData("mnist", alone({}))).rejects.toThrow(
      inputError(
        "data: expected MNIST in FOVEA_DATA's folder, in the cache or on a mirror (or, chosen " +
          "as data, a folder with its four files, or digits), got MNIST is in no folder and could not be downloaded (no mirrors)",
      ),
    );
  });

  test.each(["auto", "mnist"])("FOVEA_DATA without MNIST is an error with %s", async (choice) => {
    writeFileSync(join(folder, "notes\u202e.txt"), "");
    mkdirSync(join(folder, "pictures"));
    const at = (path: string) => loadData(choice, alone({ environment: { FOVEA_DATA: path } }));
    await expect(at(folder)).rejects.toThrow(NoMnistError);
    await expect(at(folder)).rejects.toThrow(
      inputError(
        `FOVEA_DATA=${folder}: expected ${lookedFor}, got a folder with "notes\\u{202e}.txt", "pictures"`,
      ),
    );
    await expect(at(join(folder, "no"))).rejects.toThrow(
      inputError(
        `FOVEA_DATA=${folder}/no: expected a folder that can be read, got no such file or folder`,
      ),
    );
  });

  test("FOVEA_DATA that is empty counts as not set", async () => {
    const { data } = await loadData("auto", alone({ environment: { FOVEA_DATA: "" } }));
    expect(data.name).toBe("digits");
  });
});

test("FOVEA_DATA of the process counts where no environment is given", async () => {
  vi.stubEnv("FOVEA_DATA", folder);
  const { environment: _, ...options } = alone();
  await expect(loadData("mnist", options)).rejects.toThrow(`FOVEA_DATA=${folder}: expected MNIST`);
  const [first] = await describeData(undefined, join(folder, "cache"));
  expect(first).toMatchObject({ place: "FOVEA_DATA", path: folder });
});

test.each<[string, unknown, object, string]>([
  [
    "a choice that is no text",
    5,
    {},
    "data: expected auto, mnist, digits, fashion-mnist, kmnist, mnist-r, mnist-rts, mnist-p, mnist-e, mnist-cluttered, mnist-rot-12k, or a path of pictures or of other files with images, got 5",
  ],
  [
    "an option that nobody reads",
    "digits",
    { cachefolder: "x" },
    "loadData: expected options environment, cacheFolder, mirrors, onDownload, onGenerate, onDistort, onDecode, preparedFolder, allocate, size, fit, grey, skipUnreadable, trainImages, signal, got cachefolder",
  ],
])("%s is refused", async (_, choice, options, message) => {
  await expect(loadData(choice as string, options)).rejects.toThrow(inputError(message));
});

describe("damaged files name themselves", () => {
  test("images that are not MNIST's", async () => {
    const path = fakeMnist();
    const content = readFileSync(join(path, FILES[0]!));
    const got = createHash("sha256").update(content).digest("hex");
    await expect(loadData(path, alone())).rejects.toThrow(
      inputError(
        `${path}/train-images-idx3-ubyte: expected the content of MNIST's train-images-idx3-ubyte ` +
          "(SHA-256 ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db), " +
          `got SHA-256 ${got}`,
      ),
    );
  });

  test("a truncated file is reported as such, not by its digest", async () => {
    const path = fakeMnist({ [FILES[0]!]: gzip(idxImages(4, 28, 28).subarray(0, 99)) });
    await expect(loadData(path, alone())).rejects.toThrow(
      inputError(
        `${path}/train-images-idx3-ubyte: expected 3152 bytes, as its header says, got 99`,
      ),
    );
  });

  test("FOVEA_DATA with damaged files is an error, not a reason to use the digits", async () => {
    const path = fakeMnist({ [FILES[0]!]: idxLabels([1]) });
    await expect(loadData("auto", alone({ environment: { FOVEA_DATA: path } }))).rejects.toThrow(
      inputError(
        `${path}/train-images-idx3-ubyte: expected the IDX magic number 0x00000803, got 0x00000801`,
      ),
    );
  });

  test("a folder in a file's place", async () => {
    const path = fakeMnist();
    rmSync(join(path, FILES[0]!));
    mkdirSync(join(path, FILES[0]!));
    await expect(loadData(path, alone())).rejects.toThrow(
      inputError(`${path}/train-images-idx3-ubyte: expected a file that can be read, got a folder`),
    );
  });
});

describe("digits", () => {
  test("as chosen, with progress", async () => {
    const seen: number[] = [];
    const { data, reason } = await loadData(
      "digits",
      alone({ onGenerate: (done, total) => seen.push(done / total) }),
    );
    expect(reason).toBe("data: digits, the built-in handwriting, as chosen");
    expect([data.name, data.train.count, data.test.count]).toEqual(["digits", 60_000, 10_000]);
    expect(seen.at(-1)).toBe(1);
  });

  test("fewer of them by a name that says how many", async () => {
    const { data, reason } = await loadData("digits-30-20", alone());
    expect(reason).toBe("data: digits-30-20, the built-in handwriting, as chosen");
    expect(data).toEqual({ ...digits({ train: 30, test: 20 }), name: "digits-30-20" });
    expect(() => namedDigits("digits-9999999-1")).toThrow(
      "digits: expected train to be a whole number",
    );
    for (const name of ["digits-0-5", "digits-5", "digits-5-5-5"]) {
      await expect(loadData(name, alone())).rejects.toThrow("data: expected auto, mnist, digits");
    }
  });

  test("where MNIST cannot be had, and why", async () => {
    const { data, reason } = await loadData(undefined, alone());
    expect(data.name).toBe("digits");
    expect(reason).toBe(
      "data: digits, the built-in handwriting, because MNIST is in no folder and could not be " +
        "downloaded (no mirrors)",
    );
  });
});

describe.skipIf(!mnist)("the real MNIST", () => {
  test("from FOVEA_DATA's folder mnist, checked and complete", async () => {
    linkMnist("place/mnist");
    linkMnist("cache");
    const environment = { FOVEA_DATA: join(folder, "place") };
    const { data, reason } = await loadData("auto", alone({ environment }));
    expect(reason).toBe(
      `data: mnist, 60,000 + 10,000 images from ${folder}/place/mnist (FOVEA_DATA)`,
    );
    expect([data.name, data.rows, data.columns, data.channels]).toEqual(["mnist", 28, 28, 1]);
    expect([data.mean, data.std]).toEqual([0.1307, 0.3081]);
    expect([data.train.count, data.test.count]).toEqual([60_000, 10_000]);
    expect([...data.train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect([...data.test.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    const hash = createHash("sha256");
    for (const set of [data.train, data.test]) hash.update(set.images).update(set.labels);
    expect(data.digest).toBe(hash.digest("hex"));
  });

  test("a chosen folder takes precedence over FOVEA_DATA", async () => {
    const chosen = linkMnist("chosen");
    const { reason } = await loadData(chosen, alone({ environment: { FOVEA_DATA: mnist } }));
    expect(reason).toBe(`data: mnist, 60,000 + 10,000 images from ${chosen} (as chosen)`);
  });

  test("a FOVEA_DATA that is not complete is an error, though the cache is", async () => {
    const place = linkMnist("place", ["t10k-labels-idx1-ubyte"]);
    linkMnist("cache");
    await expect(loadData("mnist", alone({ environment: { FOVEA_DATA: place } }))).rejects.toThrow(
      inputError(
        `FOVEA_DATA=${place}: expected ${lookedFor}, got ${place} without t10k-labels-idx1-ubyte`,
      ),
    );
  });

  test("from the cache where FOVEA_DATA is not set", async () => {
    linkMnist("cache");
    const { reason } = await loadData("mnist", alone());
    expect(reason).toBe(`data: mnist, 60,000 + 10,000 images from ${folder}/cache (cache)`);
  });

  test("plain files, and the spelling with a dot", async () => {
    const path = linkMnist("mixed", ["train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"]);
    const labels = gunzipSync(readFileSync(join(mnist!, "train-labels-idx1-ubyte.gz")));
    writeFileSync(join(path, "train-labels-idx1-ubyte"), labels);
    copyFileSync(
      join(mnist!, "t10k-labels-idx1-ubyte.gz"),
      join(path, "t10k-labels.idx1-ubyte.gz"),
    );
    const { data } = await loadData(path, alone());
    expect(data.train.labels).toEqual(new Uint8Array(labels.subarray(8)));
  });

  test("describeData tells what is complete, damaged and absent", async () => {
    const place = linkMnist("place", ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]);
    writeFileSync(join(place, "t10k-images-idx3-ubyte.gz"), gzip(idxImages(1, 1, 1)));
    mkdirSync(join(place, "kmnist"));
    writeFileSync(join(place, "kmnist/train-images-idx3-ubyte.gz"), "abc");
    linkMnist("cache");
    const places = await describeData({ FOVEA_DATA: place }, join(folder, "cache"));
    expect(places.map(({ place, dataset, state }) => [place, dataset, state])).toEqual([
      ["FOVEA_DATA", "mnist", "damaged"],
      ["cache", "mnist", "ready"],
      ["cache", "fashion-mnist", "absent"],
      ["FOVEA_DATA", "kmnist", "damaged"],
      ["built in", "digits", "ready"],
    ]);
    const [wrong, missing] = places[3]!.files;
    expect(wrong).toMatchObject({ bytes: 3, valid: false });
    expect(wrong!.problem).toMatch(/: expected kmnist's train-images-idx3-ubyte.gz \(SHA-256 /);
    expect(missing).toEqual({
      ...{ name: "train-labels-idx1-ubyte.gz", valid: false, problem: "not there" },
    });
    expect(places[0]!.files.map(({ valid }) => valid)).toEqual([true, true, false, false]);
    expect(places[0]!.files[0]!.bytes).toBe(9719438);
    expect(places[0]!.files[3]!.problem).toBe("not there");
    expect(places[0]!.detail).toBe(
      "missing or damaged: t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte",
    );
    expect(places[1]!.train).toBe(60_000);
    expect(places[1]!.files.every(({ valid }) => valid)).toBe(true);
  });
});

test("describeData with nothing anywhere", async () => {
  const places = await describeData({}, join(folder, "cache"));
  expect(places.map(({ state, detail }) => [state, detail])).toEqual([
    ["absent", "not set"],
    ["absent", "no such file or folder"],
    ["absent", "downloaded when it is asked for"],
    ["absent", "downloaded when it is asked for"],
    ["ready", "handwriting that a program writes, seed 0"],
  ]);
});
