import { Command } from "commander";
import { expect, test } from "vitest";
import { recipeFrom } from "../../src/cli/given-recipe.js";
import { addRecipeOptions, type RecipeArguments } from "../../src/cli/recipe-options.js";

const where = "fovea train";

function recipe(...words: readonly string[]) {
  const command = addRecipeOptions(new Command(), where);
  return recipeFrom(where, command.parse(words, { from: "user" }).opts<RecipeArguments>());
}

test("options become the sections of a recipe", () => {
  const found = recipe(
    ...["--optimizer", "adamw", "--weight-decay", "0.1", "--betas", "0.8,0.99"],
    ...["--schedule", "multi-step, milestones=3", "--warmup", "2, startFactor=0.1"],
    ...["--group", "loc.*: rate=0.1, weightDecay=0", "--group", "*.bias: frozen"],
    ...["--clip-value", "0.5", "--ema", "0.9", "--label-smoothing", "0.1"],
  );
  expect(found).toEqual({
    optimizer: { kind: "adamw", betas: [0.8, 0.99], eps: 1e-8, weightDecay: 0.1 },
    schedule: {
      ...{ kind: "multiStep", milestones: [3], gamma: 0.1 },
      warmup: { epochs: 2, startFactor: 0.1 },
    },
    groups: [
      { match: "loc.*", rate: 0.1, weightDecay: 0, frozen: false },
      { match: "*.bias", rate: 1, frozen: true },
    ],
    clip: { value: 0.5 },
    ema: { decay: 0.9 },
    loss: { kind: "crossEntropy", labelSmoothing: 0.1, classWeights: [] },
  });
  expect(recipe()).toEqual({});
});

test.each([
  [
    ["--optimizer", "adam", "--momentum", "0.9"],
    "optimizer adam: expected options kind, betas, eps, weightDecay, got momentum",
  ],
  [
    ["--nesterov"],
    "expected optimizer.nesterov only with momentum above 0 and dampening 0, got momentum 0 and dampening 0",
  ],
  [
    ["--clip-norm", "1", "--clip-value", "1"],
    "expected either --clip-norm or --clip-value, got both",
  ],
  [["--group", "loc"], 'expected --group to be PATTERN: NAME=VALUE, ..., got "loc"'],
  [
    ["--schedule", "step, stepSize"],
    "expected schedule.stepSize to be a whole number of 1 or more, got true",
  ],
  [["--warmup", "soon"], "expected schedule.warmup.epochs to be a number above 0, got NaN"],
  [["--momentum", "much"], "expected --momentum to be a number, got much"],
])("%j is refused", (words, message) => {
  expect(() => recipe(...words)).toThrow(message);
});
