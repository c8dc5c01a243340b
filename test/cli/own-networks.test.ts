import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, fewDigits, runEach } from "./run-fovea.js";

const network = `import { conv2d, defineModel, flatten, linear, maxPool2d } from "fovea";
export default defineModel(
  "own",
  (image, { classes }, { width, pool }) => {
    const x = conv2d(image, "first", { outChannels: width, kernelSize: 5 });
    const y = conv2d(maxPool2d(x, pool === "two" ? 2 : 4), "second", { outChannels: width, kernelSize: 7 });
    return linear(flatten(y), "fc", { outFeatures: classes });
  },
  { width: 4, pool: ["two", "four"] },
);
`;
/** Modules that are wrong, and the line that says so. */
const wrong: Readonly<Record<string, readonly [text: string, message: string]>> = {
  "syntax.mjs": ["const a = 1;\nconst b = ;\n", "syntax.mjs:2: expected JavaScript, got"],
  "syntax.ts": ["const a = 1;\nconst b = ;\n", "syntax.ts:2: expected TypeScript, got"],
  "throws.mjs": [
    "\n\nthrow new TypeError('no\\nwords');\n",
    "throws.mjs:3: expected a module that can be imported, got TypeError: no\n",
  ],
  "throws.ts": [
    "const a: number = 1;\nthrow new TypeError('no');\n",
    "throws.ts:2: expected a module that can be imported, got TypeError: no\n",
  ],
  "empty.ts": [
    "export const a = 1;\n",
    "empty.ts: expected a default export made by defineModel, got none",
  ],
  "function.mjs": [
    "export default () => 1;\n",
    "function.mjs: expected a default export made by defineModel, got a function: wrap it",
  ],
  "number.js": [
    "export default 3;\n",
    "number.js: expected a default export made by defineModel, got 3",
  ],
  "missing.mjs": [
    "import 'node:fs';\nimport './nowhere.mjs';\n",
    "missing.mjs:2: expected a module that is there, got no nowhere.mjs",
  ],
  "name.mjs": [
    "import {\n  noSuch } from 'fovea';\nexport default noSuch;\n",
    "name.mjs:2: expected JavaScript, got The requested module 'fovea' does not provide an export named 'noSuch'",
  ],
  "builds-wrong.ts": [
    "import { defineModel } from 'fovea';\nexport default defineModel('x', (image: any) =>\n  image.nothing.there);\n",
    "builds-wrong.ts:3: expected a function that builds the network, got TypeError: Cannot read properties of undefined",
  ],
};

let folder: string;
let answers: ReadonlyMap<string, Answer>;
const lines = [
  "explain ./own.mjs --json",
  "explain ./own.ts --json",
  "explain ./own.js --image 3x40x36 --classes 7 --set width=6 --out own.svg",
  "explain ./own.ts --set pool=four",
  "explain ./own.ts --set pool=three",
  "explain ./own.ts --set width=wide",
  "explain ./own.ts --set hight=3",
  "explain cnn --set width=3,a",
  "explain ./none.ts",
  "explain ./own.ts --image 28x28",
  "explain ./own.ts --image 1x28x28 --data digits",
  "train ./own.ts --data digits --epochs 1 --set width=3 --out run",
  "audit ./own.mjs --data digits --only dead --json",
  "evaluate run/best.safetensors --model ./own.ts --data digits",
  "explain run",
  "new nets/fresh",
  "new nets/fresh",
  "new nets/fresh --js",
  "new common/fresh",
  "new common/fresh2 --js",
  "new ../..",
  "explain nets/fresh.ts",
  "explain nets/fresh.mjs --set width=8",
  "find-lr nets/fresh.mjs --data digits --steps 20 --batch-size 16 --out rates.html --json",
  "find-lr cnn --schedule cosine",
];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-own-"));
  for (const name of ["own.mjs", "own.js", "own.ts"]) writeFileSync(join(folder, name), network);
  for (const [name, [text]] of Object.entries(wrong)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, "common"));
  writeFileSync(join(folder, "common", "package.json"), '{ "type": "commonjs" }');
  const all = [...lines, ...Object.keys(wrong).map((name) => `explain ./${name}`)];
  const answered = runEach(
    all.map((line) => line.split(" ")),
    folder,
    fewDigits({ train: 320, test: 50 }),
  );
  answers = new Map(all.map((line, at) => [line, answered[at]!]));
});
afterAll(() => rmSync(folder, { recursive: true }));

const of = (line: string) => answers.get(line)!;
function refused(line: string): string {
  const { code, stderr } = of(line);
  expect({ code, lines: stderr.split("\n").length }).toEqual({ code: 2, lines: 2 });
  return stderr;
}

describe("a network of one's own", () => {
  it("is the same from JavaScript and TypeScript, in a folder where nothing is installed", () => {
    const [script, typed] = ["mjs", "ts"].map((ending) =>
      JSON.parse(of(`explain ./own.${ending} --json`).stdout),
    );
    expect(script).toEqual(typed);
    expect(script).toMatchObject({ model: "own", options: { width: 4, pool: "two" } });
    const inSteps = script.plans[0].steps.reduce(
      (sum: number, step: { parameters: number }) => sum + step.parameters,
      0,
    );
    expect(inSteps).toBe(script.parameters);
  });

  it("is explained for images and classes of one's choice, and drawn", () => {
    const { stdout } = of(
      "explain ./own.js --image 3x40x36 --classes 7 --set width=6 --out own.svg",
    );
    expect(stdout).toContain("own: [3, 40, 36] → [7], ");
    expect(stdout).toContain("options: width=6, pool=two\n");
    expect(readFileSync(join(folder, "own.svg"), "utf8")).toContain("second");
  });

  it("has shape errors with file, line, layer and shapes", () => {
    expect(refused("explain ./own.ts --set pool=four")).toBe(
      "fovea explain: own.ts:6: conv2d: expected a map of at least 7×7, got [4, 6, 6] from maxPool2d, in layer second\n",
    );
  });

  it.each([
    ["pool=three", 'expected pool to be two or four, got "three"'],
    ["width=wide", 'expected width to be a number, got "wide"'],
    ["hight=3", "expected options width, pool, got hight"],
  ])("--set %s is refused", (set, message) => {
    expect(refused(`explain ./own.ts --set ${set}`)).toBe(
      `fovea explain: --set of own: ${message}\n`,
    );
  });

  it.each([
    ["explain cnn --set width=3,a", 'expected options as NAME=VALUE, got "a"'],
    ["explain ./none.ts", "expected ./none.ts to be a module, got no such file"],
    ["explain ./own.ts --image 28x28", "expected --image to be channels × rows × columns"],
    ["explain ./own.ts --image 1x28x28 --data digits", "either --image and --classes, or --data"],
    ["new nets/fresh", "expected a new file, got nets/fresh.ts, which is there"],
    ["new ../..", "expected a name of at most 64"],
    ["find-lr cnn --schedule cosine", "expected no --schedule"],
  ])("%s is refused", (line, message) => {
    expect(refused(line)).toContain(message);
  });

  it.each(Object.entries(wrong))("%s: the error names file and line", (name, [, message]) => {
    expect(refused(`explain ./${name}`)).toContain(
      `fovea explain: ${name.startsWith("empty") || name.startsWith("fun") || name.startsWith("num") ? "./" : ""}${message}`,
    );
  });

  it("is trained and audited; its run says where it came from, and needs no code", () => {
    expect(of("train ./own.ts --data digits --epochs 1 --set width=3 --out run").code).toBe(0);
    const record = JSON.parse(readFileSync(join(folder, "run", "run.json"), "utf8"));
    expect(record).toMatchObject({
      model: "own",
      options: { width: 3, pool: "two" },
      module: { file: "./own.ts", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(of("explain run").stdout).toContain("options: width=3, pool=two\n");
    expect(of("audit ./own.mjs --data digits --only dead --json").code).toBe(0);
    expect(of("evaluate run/best.safetensors --model ./own.ts --data digits").stderr).toContain(
      "first.weight",
    );
  });
});

describe("fovea new", () => {
  it("says what Node needs for a test in TypeScript after npm init", () => {
    expect(of("new common/fresh").stdout).toContain("\n  npm pkg set type=module   (");
    expect(of("new common/fresh2 --js").stdout).not.toContain("npm pkg");
  });

  it("writes a network and its test, which commands take", () => {
    expect(answers.get("new nets/fresh --js")!.stdout).toContain(
      "train nets/fresh.mjs --data digits",
    );
    expect(of("new nets/fresh --js").stdout).not.toContain("npm pkg");
    expect(of("explain nets/fresh.ts").stdout).toContain(
      "fresh: [1, 28, 28] → [10], 5,178 parameters",
    );
    expect(of("explain nets/fresh.mjs --set width=8").stdout).toContain(
      "options: width=8, drop=0.2",
    );
  });
});

it("fovea find-lr prints its points and draws a page", () => {
  const line = lines.find((each) => each.startsWith("find-lr nets"))!;
  expect(JSON.parse(of(line).stdout)).toMatchObject({
    model: "fresh",
    diverged: expect.any(Boolean),
  });
  expect(readFileSync(join(folder, "rates.html"), "utf8")).toContain("<svg");
});
