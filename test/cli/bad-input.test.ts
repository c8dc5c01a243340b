import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { modelNames } from "../../src/models/index.js";
import { classifierNames } from "../../src/models/names.js";
import { type Answer, runEach, runFovea } from "./run-fovea.js";

const models = modelNames.join(", ");
const classifiers = classifierNames.join(", ");
const trainOptions =
  "--set, --seed, --epochs, --batch-size, --learning-rate, --validation, --patience, --optimizer, --momentum, --nesterov, --weight-decay, --betas, --schedule, --warmup, --group, --clip-norm, --clip-value, --ema, --loss, --label-smoothing, --transform-penalty, --augment, --data, --size, --fit, --grey, --skip-unreadable, --train-images, --threads, --out, --resume, --from, --map, --entry, --tensorboard, --help";
const module = "or a module (.ts, .mts, .mjs, .js)";
const trainable = "a module (.ts, .mts, .mjs, .js), a model.json or a folder of fovea import";
const whole = "to be a whole number of 1 or more";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-cli-"));
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "full"));
  writeFileSync(join(folder, "full", "file"), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("one line on stderr and exit code 2", () => {
  const cases: readonly (readonly [command: string, line: string])[] = [
    [
      "foo",
      "fovea: expected a command of reproduce, train, evaluate, predict, export, import, report, audit, claims, data, bench, explain, find-lr, new, compare, study, worker, studio, got foo",
    ],
    [
      "tran",
      "fovea: expected a command of reproduce, train, evaluate, predict, export, import, report, audit, claims, data, bench, explain, find-lr, new, compare, study, worker, studio, got tran (did you mean train?)",
    ],
    [
      "help nope",
      "fovea: expected a command of reproduce, train, evaluate, predict, export, import, report, audit, claims, data, bench, explain, find-lr, new, compare, study, worker, studio, got nope",
    ],
    [
      "help trian",
      "fovea: expected a command of reproduce, train, evaluate, predict, export, import, report, audit, claims, data, bench, explain, find-lr, new, compare, study, worker, studio, got trian (did you mean train?)",
    ],
    ["--foo", "fovea: expected an option of --version, --help, got --foo"],
    ["train", `fovea train: expected MODEL to be ${models}, ${trainable}, got none`],
    ["train resnet", `fovea train: expected MODEL to be ${models}, ${trainable}, got resnet`],
    [
      "train snt",
      `fovea train: expected MODEL to be ${models}, ${trainable}, got snt (did you mean stn?)`,
    ],
    ["train stn mha", "fovea train: expected 1 argument at most, got also mha"],
    ["train stn --out=", 'fovea train: expected --out to be a path, got ""'],
    ["train --resume=", 'fovea train: expected --resume to be a path, got ""'],
    ["reproduce --out=", 'fovea reproduce: expected --out to be a path, got ""'],
    ["reproduce --resume=", 'fovea reproduce: expected --resume to be a path, got ""'],
    ["report full --out=", 'fovea report: expected --out to be a path, got ""'],
    ["bench --out=", 'fovea bench: expected --out to be a path, got ""'],
    [
      "reproduce cnn",
      "fovea reproduce: expected no arguments, got cnn (did you mean --models cnn?)",
    ],
    [
      "reproduce cnn stn",
      "fovea reproduce: expected no arguments, got cnn stn (did you mean --models cnn,stn?)",
    ],
    ["reproduce now", "fovea reproduce: expected no arguments, got now"],
    [
      "train stn --epoch 3",
      `fovea train: expected an option of ${trainOptions}, got --epoch (did you mean --epochs?)`,
    ],
    ["train stn --epochs", "fovea train: expected a value for --epochs <n>, got none"],
    ["train stn --epochs 0", `fovea train: expected --epochs ${whole}, got 0`],
    ["train stn --epochs five", `fovea train: expected --epochs ${whole}, got five`],
    ["train stn --epochs 1.5", `fovea train: expected --epochs ${whole}, got 1.5`],
    ["train stn --epochs=", `fovea train: expected --epochs ${whole}, got ""`],
    ["train stn --batch-size 0", `fovea train: expected --batch-size ${whole}, got 0`],
    ["train stn --threads 0", `fovea train: expected --threads ${whole}, got 0`],
    ["train stn --threads -2", `fovea train: expected --threads ${whole}, got -2`],
    [
      "train stn --seed -1",
      "fovea train: expected --seed to be a whole number in 0..4294967295, got -1",
    ],
    [
      "train stn --seed 4294967296",
      "fovea train: expected --seed to be a whole number in 0..4294967295, got 4294967296",
    ],
    [
      "train stn --learning-rate 0",
      "fovea train: expected --learning-rate to be a number above 0, got 0",
    ],
    ...["1e999", "NaN", "0x10", "1_0", "-1", "1e", "."].map((text): [string, string] => [
      `train stn --learning-rate ${text}`,
      `fovea train: expected --learning-rate to be a number above 0, got ${text}`,
    ]),
    ...["1e-46", "1e39"].map((text): [string, string] => [
      `train stn --learning-rate ${text}`,
      `fovea train: expected --learning-rate to be 1.5e-45 to 3.4e38, got ${text}`,
    ]),
    [
      "train stn --out file",
      "fovea train: file: expected an output folder that can be written, got a file",
    ],
    [
      "train stn --out file/run",
      "fovea train: file/run: expected an output folder that can be written, got a file that is no folder",
    ],
    [
      "train stn --out full",
      "fovea train: expected --out to be a new or empty folder (--resume continues a run), got full",
    ],
    [
      "train --resume nowhere",
      "fovea train: nowhere: expected a run folder, got no such file or folder",
    ],
    ["train --resume file", "fovea train: file: expected a run folder, got a file"],
    [
      "train --resume full",
      "fovea train: full: expected a run folder, got a folder without run.json",
    ],
    ["train --resume full --out x", "fovea train: expected either --out or --resume, got both"],
    ["reproduce --epochs 0", `fovea reproduce: expected --epochs ${whole}, got 0`],
    [
      "reproduce --paper --epochs 3",
      "fovea reproduce: expected either --paper (300 epochs) or --epochs, got both",
    ],
    [
      "reproduce --models cnn,resnet",
      `fovea reproduce: expected --models to be one of ${classifiers}, got resnet`,
    ],
    [
      "reproduce --models=",
      `fovea reproduce: expected --models to be one of ${classifiers}, got ""`,
    ],
    [
      "reproduce --out full",
      "fovea reproduce: expected --out to be a new or empty folder (--resume continues a run), got full",
    ],
    [
      "reproduce --resume nowhere",
      "fovea reproduce: nowhere: expected a folder of fovea reproduce, got no such file or folder",
    ],
    [
      "reproduce --resume full",
      "fovea reproduce: full: expected a folder of fovea reproduce, got one without reproduce.json",
    ],
    [
      "reproduce --resume full --seed 1",
      "fovea reproduce: expected --resume without --seed, which its folder decides, got both",
    ],
    ["evaluate", "fovea evaluate: expected an argument RUN|FILE, got none"],
    [
      "evaluate nowhere",
      "fovea evaluate: nowhere: expected a run folder, or a safetensors or PyTorch file, got no such file or folder",
    ],
    [
      "evaluate file",
      "fovea evaluate: file: expected a safetensors or PyTorch file, got an empty file",
    ],
    ["evaluate full", "fovea evaluate: full: expected a run folder, got a folder without run.json"],
    ["evaluate file --last", "fovea evaluate: expected a run folder with --last, got file"],
    [
      "evaluate file --model resnet",
      "fovea evaluate: file: expected a safetensors or PyTorch file, got an empty file",
    ],
    [
      "evaluate file --order random",
      "fovea evaluate: expected --order to be one of file, class, shuffled, got random",
    ],
    [
      "evaluate file --seed 1",
      "fovea evaluate: expected --seed only with --order shuffled, got --seed alone",
    ],
    [
      "evaluate file --order class --seed 1",
      "fovea evaluate: expected --seed only with --order shuffled, got --order class",
    ],
    [
      "evaluate file --mean 0",
      "fovea evaluate: expected --mean and --std together, got --mean alone",
    ],
    [
      "evaluate file --std 1",
      "fovea evaluate: expected --mean and --std together, got --std alone",
    ],
    ["evaluate file --mean x", "fovea evaluate: expected --mean to be a number, got x"],
    [
      "evaluate file --mean 0 --std 0",
      "fovea evaluate: expected --std to be a number above 0, got 0",
    ],
    [
      "evaluate full --align-corners",
      "fovea evaluate: expected a file of weights with --mean, --std or --align-corners, got full",
    ],
    [
      "evaluate full --entry model",
      "fovea evaluate: expected a file of weights with --entry, got full",
    ],
    ["evaluate file --entry=", 'fovea evaluate: expected --entry to be a name, got ""'],
    ["audit stn --entry model", "fovea audit: expected --entry only with a file, got it with stn"],
    [
      "audit stn --mean 0 --std 1",
      "fovea audit: expected a file of weights with --mean, --std or --align-corners, got stn",
    ],
    ["audit full --entry model", "fovea audit: expected a file of weights with --entry, got full"],
    [
      "export full a.pt --entry x",
      "fovea export: expected a file of weights with --entry, got full",
    ],
    ["audit", "fovea audit: expected an argument MODEL|RUN|FILE, got none"],
    [
      "audit nowhere",
      `fovea audit: expected a run folder, a file of weights, a module, or one of ${models}, got nowhere`,
    ],
    [
      "audit snt",
      `fovea audit: expected a run folder, a file of weights, a module, or one of ${models}, got snt (did you mean stn?)`,
    ],
    [
      "audit nowhere.pt",
      "fovea audit: nowhere.pt: expected a run folder, or a safetensors or PyTorch file, got no such file or folder",
    ],
    ["audit full", "fovea audit: full: expected a run folder, got a folder without run.json"],
    ["audit stn full", "fovea audit: expected runs after a run, got them after stn"],
    ["audit file full", "fovea audit: expected runs after a run, got them after a file"],
    [
      "audit stn --only leaks",
      "fovea audit: expected --only to be one of finite, leakage, dead, collapse, selection, noise, invariances, reproducibility, transformer, attention, got leaks",
    ],
    ["audit stn --images 0", `fovea audit: expected --images ${whole}, got 0`],
    [
      "audit stn --selection-epochs -1",
      "fovea audit: expected --selection-epochs to be a whole number of 0 or more, got -1",
    ],
    ["audit stn --seed-sd 0", "fovea audit: expected --seed-sd to be a number above 0, got 0"],
    ["audit stn --save", "fovea audit: expected a run folder with --save, got no run"],
    ["audit stn --out=", 'fovea audit: expected --out to be a path, got ""'],
    [
      "audit stn --out file",
      "fovea audit: file: expected an output folder that can be written, got a file",
    ],
    ["audit stn --model stn", "fovea audit: expected --model only with a file, got it with stn"],
    ["export", "fovea export: expected an argument RUN|FILE, got none"],
    ["export file", "fovea export: expected one of OUT, --tensorboard and --web, got none"],
    [
      "export run --web page --input unit",
      "fovea export: expected --input without --web, got both",
    ],
    [
      "export run --tensorboard logs --input unit",
      "fovea export: expected --input without --tensorboard, got both",
    ],
    [
      "export file out.tflite",
      "fovea export: expected OUT to end with .pt, .pth, .ckpt, .bin, .safetensors or .onnx, got out.tflite",
    ],
    [
      "export nowhere out.pt",
      "fovea export: nowhere: expected a run folder, or a safetensors or PyTorch file, got no such file or folder",
    ],
    [
      "export file out.pt",
      "fovea export: file: expected a safetensors or PyTorch file, got an empty file",
    ],
    [
      "export full out.pt",
      "fovea export: full: expected a run folder, got a folder without run.json",
    ],
    ["export file out.pt --last", "fovea export: expected a run folder with --last, got file"],
    ["report", "fovea report: expected an argument RUN, got none"],
    ["report full", "fovea report: full: expected a run folder, got a folder without run.json"],
    ["claims stn", "fovea claims: expected no arguments, got stn"],
    ["claims --json --markdown", "fovea claims: expected either --json or --markdown, got both"],
    ["claims --results=", 'fovea claims: expected --results to be a path, got ""'],
    [
      "claims --results nowhere",
      "fovea claims: nowhere: expected a run folder, got no such file or folder",
    ],
    [
      "claims --published nowhere",
      "fovea claims: nowhere: expected a folder with the study's three checkpoints, got no such file or folder",
    ],
    [
      "claims --published full",
      "fovea claims: full: expected a folder with the study's three checkpoints, got none with the name baseline_network.pt",
    ],
    ["data mnist", "fovea data: expected no arguments, got mnist"],
    ["bench stn", "fovea bench: expected no arguments, got stn (did you mean --models stn?)"],
    [
      "bench --models resnet",
      `fovea bench: expected --models to be ${models}, ${module}, got resnet`,
    ],
    ["bench --threads 1,0", `fovea bench: expected --threads ${whole}, got 0`],
    ["bench --threads 1,,2", `fovea bench: expected --threads ${whole}, got ""`],
    ["bench --steps 0", `fovea bench: expected --steps ${whole}, got 0`],
    [
      "bench --build fast",
      "fovea bench: expected --build to be one of relaxed-fma, mul-add, got fast",
    ],
    ["bench --out x", "fovea bench: expected --out only with --scaling, got --out alone"],
    [
      "bench --scaling --out file",
      "fovea bench: file: expected an output folder that can be written, got a file",
    ],
  ];
  let answers: ReadonlyMap<string, Answer>;
  beforeAll(() => {
    const commands = cases.map(([command]) => command.split(" "));
    const found = runEach(commands, folder);
    answers = new Map(cases.map(([command], at) => [command, found[at]!]));
  });

  test.each(cases)("fovea %s", (command, line) => {
    const { code, stdout, stderr, files } = answers.get(command)!;
    expect(stderr).toBe(`${line}\n`);
    expect(stdout).toBe("");
    expect(code).toBe(2);
    expect(files.filter((name) => name !== "runs")).toEqual(["file", "full"]);
  });

  // The cases above share a process; here each has its own, as a user's command has.
  test.each([
    "foo",
    "train snt",
    "reproduce cnn",
    "evaluate file",
    "export file",
    "report full",
    "audit nowhere",
    "claims --results nowhere",
    "data mnist",
    "bench --threads 1,0",
  ])("fovea %s, in a process of its own", (command) => {
    const { files, ...answer } = answers.get(command)!;
    expect(runFovea(command.split(" "), folder)).toEqual(answer);
  });

  // The system answers "not found" when a folder is made there; this must not be retried for ever.
  test.runIf(process.platform === "linux")("a folder that cannot be made", () => {
    const { code, stderr } = runFovea(["train", "stn", "--out", "/proc/none/run"], folder);
    expect(stderr).toBe(
      "fovea train: /proc/none/run: expected an output folder that can be written, got no such file or folder\n",
    );
    expect(code).toBe(2);
  });
});

test("a default folder that cannot be written: the line names the option for another", () => {
  const other = join(folder, "other");
  mkdirSync(other);
  writeFileSync(join(other, "runs"), "");
  const { code, stderr } = runFovea(["train", "cnn", "--data", "digits"], other);
  expect(stderr).toBe(
    "fovea train: runs: expected an output folder that can be written (--out names another), got a file\n",
  );
  expect(code).toBe(2);
});
