import { describe, expect, it } from "vitest";
import { ops } from "../../src/graph/ops/index.js";
import {
  arrows,
  circles,
  commandOptions,
  opNames,
  output,
  papers,
  platforms,
  type Rule,
} from "./rules.js";
import { readTree } from "./tree.js";

const tree = readTree();
const operators = opNames(Object.keys(ops));

/** The violations that appear where a file of the tree gets another text. */
function planted(rule: Rule, path: string, text: string): string[] {
  const before = rule(tree);
  const changed = new Map(tree).set(path, `${text}\n${tree.get(path) ?? ""}`);
  return rule(changed).filter((line) => !before.includes(line));
}

describe("the house", () => {
  it.each<[string, Rule]>([
    ["arrows point one way", arrows],
    ["no circles", circles],
    ["neither Node nor the DOM outside the platform files", platforms],
    ["no paper outside its room", papers],
    ["no option of the command line in the library's texts", commandOptions],
    ["one way to stdout and stderr", output],
    ["nobody but ops, fusions and models asks for an op's name", operators],
  ])("%s", (_, rule) => {
    expect(rule(tree)).toEqual([]);
  });
});

describe("a rule sees", () => {
  it.each<[string, Rule, string, string, string]>([
    [
      "an arrow upward",
      arrows,
      "engine/plan.ts",
      'import { train } from "../train/train.js";',
      "engine/plan.ts imports train/train.ts, of a room above",
    ],
    [
      "one of types alone",
      arrows,
      "graph/graph.ts",
      'import type { Run } from "../runs/run-folder.node.js";',
      "graph/graph.ts imports runs/run-folder.node.ts, of a room above",
    ],
    [
      "an import of cli by a paper",
      arrows,
      "papers/arslan-2021/recipe.ts",
      'import { exitCodes } from "../../cli/exit-codes.js";',
      "papers/arslan-2021/recipe.ts imports cli/exit-codes.ts, of a room above",
    ],
    [
      "a new room",
      arrows,
      "utils/all.ts",
      "export const all = 1;",
      "utils/all.ts: its room is not in the list of rooms",
    ],
    [
      "Node",
      platforms,
      "runs/metrics-codec.ts",
      'import { readFileSync } from "node:fs";',
      "runs/metrics-codec.ts imports node:fs",
    ],
    [
      "a platform file",
      platforms,
      "runs/metrics-codec.ts",
      'import { readText } from "./read-file.node.js";',
      "runs/metrics-codec.ts imports runs/read-file.node.ts",
    ],
    [
      "Node's globals",
      platforms,
      "train/train.ts",
      "process.exit();",
      "train/train.ts uses process",
    ],
    ["the DOM", platforms, "inspect/views.ts", "document.title;", "inspect/views.ts uses document"],
    [
      "a paper",
      papers,
      "report/markup.ts",
      "// as mha-batch does",
      "report/markup.ts names a paper: mha-batch",
    ],
    [
      "a line that goes its own way",
      output,
      "cli/actions/data.ts",
      "console.log(name);",
      "cli/actions/data.ts uses console.log",
    ],
    [
      "an option of the command line",
      commandOptions,
      "data/load.node.ts",
      "const hint = 'no data, choose with --data';",
      "data/load.node.ts names the option --data of the command line",
    ],
    [
      "a comparison with an op's name",
      operators,
      "audit/finite.ts",
      'if (node.op === "relu") stop();',
      "audit/finite.ts asks for the op relu",
    ],
    [
      "a switch on an op's name",
      operators,
      "report/markup.ts",
      'switch (node.op) { case "conv2d": break; }',
      "report/markup.ts asks for the op conv2d",
    ],
  ])("%s", (_, rule, path, text, line) => {
    expect(planted(rule, path, text)).toContain(line);
  });

  it("a circle", () => {
    const text = 'import { train } from "../train/train.js";\nexport type { train };';
    const [circle] = planted(circles, "engine/control.ts", text);
    expect(circle).toMatch(/engine\/control\.ts/);
  });
});
