import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, fewDigits, runEach } from "./run-fovea.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-study-cli-"));
  write("study.json", {});
  write("wrong.json", { seeds: "many" });
  write("more.json", { seeds: 3 });
  write("own.json", { models: [{ model: "./nets/own.mjs", set: { width: 3 } }, "cnn"], seeds: 1 });
  write("option.json", { models: [{ model: "cnn", set: { width: 3 } }] });
  mkdirSync(join(folder, "nets"));
  writeFileSync(
    join(folder, "nets", "own.mjs"),
    `import { defineModel, flatten, linear, maxPool2d } from "fovea";
export default defineModel("own", (image, { classes }, { width }) =>
  linear(linear(flatten(maxPool2d(image, 7)), "a", { outFeatures: width }), "b", { outFeatures: classes }), { width: 8 });
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, change: object): void {
  const manifest = {
    format: 1,
    models: ["cnn", "stn"],
    seeds: 2,
    data: "digits",
    recipe: { epochs: 1 },
  };
  writeFileSync(join(folder, name), JSON.stringify({ ...manifest, ...change }));
}

const variables = fewDigits({ train: 130, test: 50 });
const run = (...lines: string[]): Answer[] =>
  runEach(
    lines.map((line) => line.split(" ")),
    folder,
    variables,
  );

describe("fovea study", () => {
  test("prints its runs, trains them, and trains nothing again", () => {
    const [dry, first, again, status] = run(
      "study study.json --dry-run",
      "study study.json",
      "study study.json",
      "study status runs/study-study",
    );
    expect(dry!.stdout).toMatch(
      /cnn_seed0\nstn_seed0\ncnn_seed1\nstn_seed1\n4 runs, 4 to train: about [\d.]+ s \(by a measurement\)\n$/,
    );
    expect(dry!.files).not.toContain("runs");
    expect(first).toMatchObject({ code: 0 });
    expect(first!.stdout.match(/^\d\/4 {2}(cnn|stn)_seed\d {2}[\d.]+ %/gm)).toHaveLength(4);
    expect(first!.stdout).toContain(
      "compared: accuracies on the 50 test images after the last epoch\n",
    );
    expect(first!.stdout).toMatch(/^cnn: mean [\d.]+ % .*over 2 seeds/m);
    expect(again!.stdout).not.toContain("1/4");
    expect(first!.stdout).toContain("report: runs/study-study/report.html\n");
    const findings = (text: string) => text.slice(text.indexOf("compared: "));
    expect(findings(again!.stdout)).toBe(findings(first!.stdout));
    expect(status!.stdout).toMatch(/^cnn, stn: 4 runs\nended: /);
    expect(readFileSync(join(folder, "runs/study-study/report.md"), "utf8")).toContain("| model |");
  });

  test("writes its report with figures, and prints their data", () => {
    const [figures, json] = run(
      "study report runs/study-study --figures --out shown",
      "study report runs/study-study --json",
    );
    expect(figures!.stdout).toMatch(/figures: \d files in shown\/figures\n$/);
    expect(figures!.files.some((file) => file.startsWith("shown"))).toBe(true);
    const page = readFileSync(join(folder, "shown/report.md"), "utf8");
    expect(page).toContain("](figures/seeds.svg)");
    const svg = readFileSync(join(folder, "shown/figures/seeds.svg"), "utf8");
    expect(svg).not.toContain("var(");
    const { runs, figures: data } = JSON.parse(json!.stdout);
    expect(runs).toHaveLength(4);
    expect(data.seeds.rows.map(({ model }: { model: string }) => model)).toEqual(["cnn", "stn"]);
  });

  test("stops runs at an epoch, compares them there, and goes on", () => {
    write("long.json", { recipe: { epochs: 3 } });
    const [early, report, late, queue, zero] = run(
      "study long.json --until-epoch 2",
      "study report runs/study-long --at-epoch 1 --json",
      "study resume runs/study-long",
      "study long.json --until-epoch 2 --queue redis://127.0.0.1",
      "study resume runs/study-long --until-epoch 0",
    );
    expect(early!.code).toBe(0);
    expect(early!.stdout).toMatch(/runs have come to epoch 2; they go on with:\n {2}.*resume runs/);
    expect(early!.stdout).toContain("compared: accuracies on the 50 test images after epoch 2\n");
    expect(early!.stdout).toMatch(/^cnn: mean [\d.]+ % .*over 2 seeds/m);
    const { runs, models, figures } = JSON.parse(report!.stdout);
    expect(runs).toHaveLength(4);
    // By one epoch of few images, some are near chance.
    for (const { ended } of runs) expect(["done", "collapsed"]).toContain(ended);
    expect(models[0].seeds).toEqual([0, 1]);
    expect(figures.disagreements).toBeNull();
    expect(late!.stdout).toMatch(/^4\/4 /m);
    expect(queue).toMatchObject({
      code: 2,
      stderr: "fovea study: expected one of --queue, --until-epoch, got both\n",
    });
    expect(zero!.stderr).toContain("--until-epoch to be a whole number of 1 or more, got 0");
  });

  test("says what is wrong in its file, what differs, and how runs are added", () => {
    const [wrong, differs, extended, option, none] = run(
      "study wrong.json",
      "study more.json --out runs/study-study",
      "study more.json --out runs/study-study --extend",
      "study option.json --dry-run",
      "study status nowhere",
    );
    expect(wrong).toMatchObject({
      code: 2,
      stderr:
        'fovea study: wrong.json: expected seeds to be a number of seeds, or a list of them, got "many"\n',
    });
    expect(differs!.code).toBe(2);
    expect(differs!.stderr).toContain(
      "fovea study: runs/study-study: expected seeds [0,1], as its study.json has it, got [0,1,2] (--extend adds the new runs)\n",
    );
    expect(extended!.code).toBe(0);
    expect(extended!.stdout).toContain("6/6");
    expect(option!.stderr).toContain("fovea study: option.json: cnn: cnn: expected ");
    expect(none).toMatchObject({
      code: 2,
      stderr:
        "fovea study status: nowhere: expected a folder of a study, got no such file or folder\n",
    });
  });

  test("trains networks of one's own, and needs no code to go on", () => {
    const [trained, more] = run("study own.json --out own", "study resume own --json");
    expect(trained).toMatchObject({ code: 0 });
    expect(trained!.stdout).toMatch(/\d\/2 {2}own_seed0 {2}/);
    const record = JSON.parse(readFileSync(join(folder, "own/runs/own_seed0/run.json"), "utf8"));
    expect(record).toMatchObject({ model: "own", options: { width: 3 } });
    const { models } = JSON.parse(more!.stdout);
    expect(models.map(({ model }: { model: string }) => model)).toEqual(["own", "cnn"]);
  });
});

describe("fovea compare", () => {
  const shapes = ({ stdout }: Answer) => {
    const { models, pairs, ...rest } = JSON.parse(stdout);
    return { models: models.map(Object.keys), pairs: pairs.map(Object.keys), rest };
  };
  const model = ["model", "seeds", "values", "mean", "interval", "collapsed"];
  const pair = ["a", "b", "difference", "interval", "p", "pHolm", "verdict", "seedsNeeded"];

  test("trains what is missing, and finds it again when more seeds are asked for", () => {
    const line = "compare cnn stn --data digits --epochs 1 --json";
    const [two, three, one] = run(`${line} --seeds 2`, `${line} --seeds 3`, `${line} --seeds 1`);
    expect(shapes(two!)).toEqual({ models: [model, model], pairs: [pair], rest: {} });
    const [first, more, less] = [two, three, one].map(
      (answer) => JSON.parse(answer!.stdout).models[0],
    );
    expect(first.seeds).toEqual([0, 1]);
    expect(more.seeds).toEqual([0, 1, 2]);
    expect(more.values.slice(0, 2)).toEqual(first.values);
    expect(less.values).toEqual(first.values.slice(0, 1));
    expect(less.interval).toBeNull();
    // On standard error, as a program reads the other.
    expect(three!.stderr.match(/^\d\/6 {2}/gm)).toHaveLength(2);
    expect(one!.stderr).not.toContain("1/2  ");
  });

  test("adds seeds until it is decided", () => {
    const line = "compare cnn stn --data digits --epochs 1 --until-decided --difference 60";
    const [words, json] = run(line, `${line} --json`);
    // After five seeds the difference is surely below 60 points.
    expect(words!.stdout).toMatch(
      /^cnn and stn differ by less than 60 points, after 5 seeds \(cnn − stn is in .* points, valid at any time\)\.$/m,
    );
    const { pairs } = JSON.parse(json!.stdout);
    expect(pairs[0]).toMatchObject({ p: null, pHolm: null, verdict: "not settled" });
    expect(pairs[0].interval[1]).toBeLessThan(60);
  });

  test("compares runs, folders and studies that are trained, and refuses other data", () => {
    const train = "train cnn --data digits --epochs 1";
    const [, , , , both, study, mixed, recipes] = run(
      `${train} --seed 0 --out single/a`,
      `${train} --seed 1 --out single/b`,
      `${train} --seed 0 --out other/a --learning-rate 0.1`,
      "train stn --data digits --epochs 1 --seed 0 --out single/c",
      "compare single --json",
      "compare own",
      "compare single nowhere",
      "compare single other --json",
    );
    expect(shapes(both!)).toEqual({ models: [model, model], pairs: [pair], rest: {} });
    expect(JSON.parse(both!.stdout).models.map((each: { model: string }) => each.model)).toEqual([
      "cnn",
      "stn",
    ]);
    expect(study!.stdout).toContain("own: mean ");
    expect(mixed!.stderr).toBe(
      "fovea compare: nowhere: expected a folder with runs, got no such folder\n",
    );
    expect(JSON.parse(recipes!.stdout).models.map((each: { model: string }) => each.model)).toEqual(
      ["cnn (learningRate 0.01)", "stn", "cnn (learningRate 0.1)"],
    );
    const [other] = runEach(
      [
        ["train", "cnn", "--data", "digits", "--epochs", "1", "--out", "fewer"],
        ["compare", "single", "fewer"],
      ],
      folder,
      fewDigits({ train: 64, test: 50 }),
    ).slice(1);
    expect(other).toMatchObject({ code: 2 });
    expect(other!.stderr).toMatch(
      /^fovea compare: fewer: expected data digits \([0-9a-f]{12}\), as single\/a, got digits \([0-9a-f]{12}\)\n$/,
    );
  });

  test("refuses what does not go together", () => {
    const errors = run(
      "compare cnn",
      "compare cnn stn --until-decided",
      "compare cnn stn --until-decided --difference 1 --seeds 3",
      "compare cnn stn --max-seeds 9",
      "compare single --seeds 3",
      "compare cnn resnet",
    ).map(({ stderr }) => stderr);
    expect(errors.slice(0, 5)).toEqual([
      "fovea compare: expected two models or more, got cnn\n",
      "fovea compare: expected --difference with --until-decided, got none\n",
      "fovea compare: expected either --seeds or --until-decided, got both\n",
      "fovea compare: expected --max-seeds only with --until-decided, got it alone\n",
      "fovea compare: expected --json and --out alone with runs that are trained, got --seeds\n",
    ]);
    expect(errors[5]).toMatch(/^fovea compare: expected models\.1 to be .*, got "resnet"\n$/);
  });
});
