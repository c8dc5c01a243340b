import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type Answer, runEach } from "../../cli/run-fovea.js";
import { dataFolder } from "../../reference-files.js";

const published = join(dataFolder, "published");
const found = dataFolder !== "" && existsSync(join(published, "baseline_network.pt"));
if (!found && process.env.FOVEA_REQUIRE_DATA) {
  throw new Error(`test data: expected FOVEA_DATA with published/*.pt, got "${dataFolder}"`);
}
if (!found) console.warn("the study's checkpoints are left out: FOVEA_DATA has no published/*.pt");

/** What `fovea evaluate` answers, by its arguments after the name of the file. */
const answers = new Map<string, Answer>();
const answerTo = (...args: string[]) => answers.get(args.join(" "))!;

// PyTorch's figures: bench/cross-check/published_networks.py.
const evaluated = [
  ["baseline_network.pt", [], "stn", 9926, "0.0253"],
  ["coordconv_network.pt", [], "coordconv-stn", 9918, "0.0302"],
  ["vit_network.pt", ["--model", "mha-batch"], "mha-batch", 9922, "0.0250"],
  ["vit_network.pt", ["--model", "mha-batch", "--order", "class"], "mha-batch", 9747, "0.0798"],
] as const;

beforeAll(() => {
  if (!found) return;
  const commands = [
    ...evaluated.map(([file, options]) => [file, ...options, "--json"]),
    ["coordconv_network.pt"],
    ["vit_network.pt"],
  ];
  const typed = commands.map(([file, ...options]) => [
    "evaluate",
    join(published, file!),
    ...options,
  ]);
  const given = runEach(typed, tmpdir());
  commands.forEach((args, at) => {
    answers.set(args.join(" "), given[at]!);
  });
});

test.runIf(found).each(evaluated)("the study's %s %j", (file, options, model, correct, loss) => {
  const result = JSON.parse(answerTo(file, ...options, "--json").stdout);
  expect(result).toMatchObject({ model, correct });
  expect(result.loss.toFixed(4)).toBe(loss);
});

test.runIf(found)("what the study's CoordConv does not use is named", () => {
  expect(answerTo("coordconv_network.pt").stdout).toContain(
    "\nunused: 7,690 values in 8 tensors (conv1.weight, conv1.bias, conv2.weight, …)\n",
  );
});

test.runIf(found)("the attention checkpoint fits two models: asks for --model", () => {
  const { code, stderr } = answerTo("vit_network.pt");
  expect(code).toBe(2);
  expect(stderr).toBe(
    `fovea evaluate: ${join(published, "vit_network.pt")}: expected the option model to say which of mha, mha-batch it is, got parameters that fit each of them\n`,
  );
});
