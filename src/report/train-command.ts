import { heldOutOf, type RunSpec, sectionsOf } from "../runs/run-spec.js";
import { shellWord } from "../shell-word.js";
import { trainingDefaults } from "../train/defaults.js";
import { recipeArguments } from "../train/recipe-text.js";

/** What a training command says of a run, besides the network and the data. */
export type CommandSpec = Pick<RunSpec, "recipe" | "seed" | "split">;

/**
 * The command that trains as a spec says.
 *
 * @param model what stands for the network, as words of a shell: `stn`, `residual --set width=24`
 * @param data what stands for the data, as words of a shell: `digits`, `./pictures --size 28`
 */
export function trainCommand(spec: CommandSpec, model: string, data: string): string {
  const { batchSize, learningRate, patience } = spec.recipe;
  const validation = heldOutOf(spec);
  const ending = Object.entries({ validation, patience }).flatMap(([option, value]) =>
    value === undefined ? [] : [[option, String(value)] as const],
  );
  const sections = [...ending, ...recipeArguments(sectionsOf(spec))].map(
    ([option, value]) => ` --${option} ${shellWord(value)}`,
  );
  const own = isDefaultRecipe(spec)
    ? ""
    : ` --batch-size ${batchSize} --learning-rate ${learningRate}${sections.join("")}`;
  return `fovea train ${model} ${sharedOptions(spec, data)}${own}`;
}

/** The options that all training commands have. */
export function sharedOptions({ recipe, seed }: CommandSpec, data: string): string {
  return `--epochs ${recipe.epochs} --seed ${seed} --data ${data}`;
}

/** Whether batch size, learning rate and all else of the recipe are the defaults of the command line. */
export function isDefaultRecipe(spec: CommandSpec): boolean {
  const { batchSize, learningRate, patience } = spec.recipe;
  return (
    batchSize === trainingDefaults.batchSize &&
    learningRate === trainingDefaults.learningRate &&
    heldOutOf(spec) === undefined &&
    patience === undefined &&
    recipeArguments(sectionsOf(spec)).length === 0
  );
}
