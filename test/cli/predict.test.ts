import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.js";
import { digits, models } from "../../src/index.js";
import { readRun, recordTraining } from "../../src/node.js";
import { type Answer, fewDigits, runEach } from "./run-fovea.js";

const counts = { train: 300, test: 60 };
const data = digits(counts);
let folder: string;

const png = (values: Uint8Array, side = 28) =>
  encode({ width: side, height: side, data: values, channels: 1, depth: 8 });
const digit = (index: number) => data.test.images.slice(index * 784, (index + 1) * 784);

const lines = {
  table: "predict run pictures",
  json: "predict run pictures/b.png pictures/dark.png --json --top 2",
  csv: "predict run pictures/b.png --csv",
  file: "predict run/best.safetensors pictures/b.png --json --top 2 --data digits",
  mapped: "predict theirs.safetensors pictures/b.png --json --top 2 --map map.json --data digits",
  calibrated: "predict run pictures/b.png --json --top 2 --calibrate",
  calibratedAgain: "predict run pictures/b.png --json --top 2 --calibrate",
  evaluated: "evaluate run --calibrate --json",
  explained: "predict run pictures/b.png pictures/sub/b.png --explain seen",
  events: "export run --tensorboard logs",
  page: "export run --web page",
  some: "predict run pictures/b.png nothing.png run/run.json pictures/dark.png --json --top 2",
  someTable: "predict run pictures/b.png nothing.png --explain seen3",
  noneOfTwo: "predict run nothing.png run/run.json --json",
  noPicture: "predict run nothing.png",
  noPixels: "predict run run/run.json",
  empty: "predict run run",
  both: "predict run pictures --json --csv",
  plain: "predict plain pictures --explain seen2",
  noValidation: "predict plain pictures --calibrate",
  noRun: "predict run/best.safetensors pictures --calibrate",
  runMapped: "predict run pictures --map map.json",
  runData: "predict run pictures --data digits",
  two: "export run out.pt --web page2",
  none: "export run",
  lastCalibrated: "evaluate run --calibrate --last",
} as const;

let answers: Record<keyof typeof lines, Answer>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fovea-predict-"));
  const recipe = { data, epochs: 2, seed: 1, batchSize: 20, learningRate: 0.03, threads: 1 };
  const run = { directory: join(folder, "run"), model: models.stn, ...recipe, validation: 60 };
  await recordTraining(run);
  await recordTraining({ directory: join(folder, "plain"), model: models.cnn, ...recipe });
  mkdirSync(join(folder, "pictures", "sub"), { recursive: true });
  writeFileSync(join(folder, "pictures", "b.png"), png(digit(0)));
  writeFileSync(join(folder, "pictures", "dark.png"), png(digit(0).map((byte) => 255 - byte)));
  writeFileSync(join(folder, "pictures", "sub", "b.png"), png(digit(1)));
  writeFileSync(join(folder, "pictures", "notes.txt"), "no picture");
  const { tensors } = readSafetensors(readFileSync(join(folder, "run/best.safetensors")), "best");
  const theirs = [...tensors].map(([name, tensor]) => [`net.${name}`, tensor] as const);
  writeFileSync(join(folder, "theirs.safetensors"), writeSafetensors(new Map(theirs)));
  writeFileSync(join(folder, "map.json"), '{ "net.*": "*" }');
  const commands = Object.values(lines).map((line) => line.split(" "));
  const found = runEach(commands, folder, fewDigits(counts));
  answers = Object.fromEntries(
    Object.keys(lines).map((name, at) => [name, found[at]!]),
  ) as typeof answers;
});
afterAll(() => rmSync(folder, { recursive: true }));

const json = (name: keyof typeof lines) => JSON.parse(answers[name].stdout);

describe("fovea predict", () => {
  it("prints a table of all pictures in a folder and below it", () => {
    const { code, stdout, stderr } = answers.table;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^picture +class +probability +then\n/);
    expect(stdout.match(/pictures\/\S+/g)).toEqual([
      "pictures/b.png",
      "pictures/dark.png",
      "pictures/sub/b.png",
    ]);
    expect(stderr).toBe(
      "dark on light: 1 of 3 turned into light on dark, as the training images are\n",
    );
  });

  it("prints JSON of exactly these members, the same for a picture and its negative", () => {
    const [plain, dark] = json("json");
    expect(Object.keys(plain)).toEqual(["file", "class", "probability", "top"]);
    expect(plain.file).toBe("pictures/b.png");
    expect(plain.top.map((each: object) => Object.keys(each))).toEqual([
      ["class", "probability"],
      ["class", "probability"],
    ]);
    expect(plain.top[0]).toEqual({ class: plain.class, probability: plain.probability });
    expect({ ...dark, file: plain.file }).toEqual(plain);
  });

  it("prints CSV", () => {
    const [head, row] = answers.csv.stdout.split("\n");
    expect(head).toBe("file,class,probability,class_2,probability_2,class_3,probability_3");
    expect(row!.split(",").slice(0, 3).join()).toBe(
      `pictures/b.png,${json("json")[0].class},${json("json")[0].probability}`,
    );
  });

  it.each(["file", "mapped"] as const)("says the same with the weights as a file (%s)", (name) => {
    expect(json(name)).toEqual([json("json")[0]]);
  });

  it("reads a picture from standard input", () => {
    const command = fileURLToPath(new URL("../../dist/cli/fovea.js", import.meta.url));
    const { stdout } = spawnSync(process.execPath, [command, "predict", "run", "-", "--json"], {
      cwd: folder,
      input: png(digit(0)),
      encoding: "utf8",
    });
    const [{ file, class: found }] = JSON.parse(stdout);
    expect({ file, found }).toEqual({ file: "-", found: json("json")[0].class });
  });

  it("fits a temperature once, keeps it, and gives probabilities at it", () => {
    expect(answers.calibrated.stderr).toMatch(
      /^temperature [\d.]+, fitted on 60 images held out\n/m,
    );
    expect(answers.calibratedAgain.stderr).not.toContain("temperature");
    expect(json("calibratedAgain")).toEqual(json("calibrated"));
    expect(json("calibrated")[0].class).toBe(json("json")[0].class);
    expect(json("calibrated")[0].probability).not.toBe(json("json")[0].probability);
    const { calibration } = readRun(join(folder, "run"));
    expect(json("evaluated").calibration).toEqual({
      temperature: calibration!.temperature,
      heldOutImages: 60,
      errorBefore: calibration!.test.before.error,
      errorAfter: calibration!.test.after.error,
    });
    const { before, after } = calibration!.heldOut;
    expect(after.loss).toBeLessThanOrEqual(before.loss);
  });

  it("writes what the network gets and what its transformer makes of it, a name for each", () => {
    expect(answers.explained.stderr).toContain("explained: 6 files in seen");
    expect(readdirSync(join(folder, "seen")).sort()).toEqual([
      "b-2-input.png",
      "b-2-warp.svg",
      "b-2-warped.png",
      "b-input.png",
      "b-warp.svg",
      "b-warped.png",
    ]);
    expect(readFileSync(join(folder, "seen/b-warp.svg"), "utf8")).toContain("<svg");
  });
});

describe("pictures that cannot be read", () => {
  it("are told by their names; the others are classified, and the exit code is 2", () => {
    const { code, stderr } = answers.some;
    expect(code).toBe(2);
    expect(json("some").map(({ file }: { file: string }) => file)).toEqual([
      "pictures/b.png",
      "pictures/dark.png",
    ]);
    expect(json("some")).toEqual(json("json"));
    expect(stderr.split("\n").slice(0, 3)).toEqual([
      "fovea predict: nothing.png: expected a picture, got no such file or folder",
      "fovea predict: run/run.json: expected a PNG, JPEG, BMP, PGM or PPM picture, got other bytes",
      "not read: 2 of 4 pictures",
    ]);
  });

  it("are left out of the table and of what is explained", () => {
    const { code, stdout, stderr } = answers.someTable;
    expect(code).toBe(2);
    expect(stdout.match(/\w+\.png/g)).toEqual(["b.png"]);
    expect(stderr).toContain("explained: 3 files in seen3");
  });

  it("may be all: then the list is empty", () => {
    const { code, stdout, stderr } = answers.noneOfTwo;
    expect({ code, stdout }).toEqual({ code: 2, stdout: "[]\n" });
    expect(stderr).toContain("not read: 2 of 2 pictures\n");
  });
});

describe("fovea export", () => {
  it("writes an event file and a page", () => {
    expect(answers.events.stdout).toMatch(/^tensorboard: logs\/run\/events\.out\.tfevents\.\S+\n$/);
    expect(answers.page.stdout).toMatch(/^page: page\/index\.html \(\d+ kB\)\n$/);
  });
});

describe("one line and exit code 2", () => {
  it.each<[keyof typeof lines, string]>([
    ["noPicture", "nothing.png: expected a picture, got no such file or folder"],
    ["noPixels", "run/run.json: expected a PNG, JPEG, BMP, PGM or PPM picture, got other bytes"],
    ["empty", "run: expected a folder with pictures (PNG, JPEG, BMP, PGM, PPM), got none"],
    ["both", "expected either --json or --csv, got both"],
    ["plain", "expected a network with a spatial transformer or attention with --explain, got cnn"],
    ["noValidation", "expected a run with training images held out"],
    ["noRun", "expected a run folder with --calibrate, got run/best.safetensors"],
    ["runMapped", "expected a file of weights with --map, got run"],
    ["runData", "expected --data only with a file of weights, got it with run"],
    ["two", "expected one of OUT, --tensorboard and --web, got out.pt and page2"],
    ["none", "expected one of OUT, --tensorboard and --web, got none"],
    ["lastCalibrated", "expected --calibrate without --last, got both"],
  ])("%s", (name, message) => {
    const { code, stdout, stderr } = answers[name];
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split("\n").length).toBe(1);
  });
});
