import { isKnownName, knownDataName } from "../data/known-data.js";
import { optionsText } from "../graph/model-options.js";
import { listed } from "../numbers.js";
import { catalogueModelOf, changedOptions } from "../runs/catalogue-run.js";
import type { Run } from "../runs/run-folder.node.js";
import { heldOutOf, sectionsOf } from "../runs/run-spec.js";
import { shellWord } from "../shell-word.js";
import { trainingDefaults } from "../train/defaults.js";
import { recipeArguments } from "../train/recipe-text.js";
import type { JointCommand } from "./annotations.js";

/** Instructions to repeat runs. */
export interface Repetition {
  /** Command lines; each gives the same bits as the run or runs that it repeats. */
  readonly commands: readonly string[];
  /** How to repeat the runs without a command; a few sentences, once for all runs with the same reason. */
  readonly remarks: readonly string[];
}

/**
 * Instructions to repeat these runs: a command where the network is in the catalogue and the data are found
 * by name, otherwise a remark.
 *
 * @param joint commands that repeat several of them at once; the others get one each
 */
export function repetition(runs: readonly Run[], joint: readonly JointCommand[] = []): Repetition {
  const left = runs.filter(
    ({ record }) => !joint.some(({ specs }) => specs.includes(record.digest)),
  );
  const commands = left.flatMap((run) => trainCommand(run) ?? []);
  return {
    commands: [...new Set([...joint.map(({ command }) => command), ...commands])],
    remarks: remarksOn(left.filter((run) => trainCommand(run) === undefined)),
  };
}

/** The options that all training commands share; undefined where the run's data have no name. */
export function commonSettings({ record }: Run): string | undefined {
  const { spec } = record;
  const data = dataArgument(record);
  if (data === undefined) return undefined;
  return `--epochs ${spec.recipe.epochs} --seed ${spec.seed} --data ${data}`;
}

/** What `--data` takes to find the run's data; undefined where no name finds them. */
function dataArgument({ spec, data }: Run["record"]): string | undefined {
  const { trainImages, ...others } = data.options ?? {};
  if (trainImages === undefined) return knownDataName(spec.data);
  const isNamed = isKnownName(data.name) && Object.keys(others).length === 0;
  return isNamed ? `${data.name} --train-images ${trainImages}` : undefined;
}

/** Whether batch size, learning rate and all else of the recipe are the defaults of the command line. */
export function hasDefaultRecipe({ record: { spec } }: Run): boolean {
  const { batchSize, learningRate } = spec.recipe;
  return (
    batchSize === trainingDefaults.batchSize &&
    learningRate === trainingDefaults.learningRate &&
    heldOutOf(spec) === undefined &&
    spec.recipe.patience === undefined &&
    recipeArguments(sectionsOf(spec)).length === 0
  );
}

function trainCommand(run: Run): string | undefined {
  const model = catalogueModelOf(run.record);
  const settings = commonSettings(run);
  if (model === undefined || settings === undefined) return undefined;
  if (run.record.spec.initial !== undefined) return undefined;
  const { spec } = run.record;
  const { batchSize, learningRate, patience } = spec.recipe;
  const validation = heldOutOf(spec);
  const ending = Object.entries({ validation, patience }).flatMap(([option, value]) =>
    value === undefined ? [] : [[option, String(value)] as const],
  );
  const sections = [...ending, ...recipeArguments(sectionsOf(spec))].map(
    ([option, value]) => ` --${option} ${shellWord(value)}`,
  );
  const own = hasDefaultRecipe(run)
    ? ""
    : ` --batch-size ${batchSize} --learning-rate ${learningRate}${sections.join("")}`;
  const options = optionsText(changedOptions(model, run.record)).replaceAll(", ", ",");
  const set = options === "" ? "" : ` --set ${shellWord(options)}`;
  return `fovea train ${model}${set} ${settings}${own}`;
}

/** A remark on all runs on the same data that lack a command for the same reason. */
function remarksOn(runs: readonly Run[]): string[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const key = `${missing(run).join()} ${run.record.data.digest}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].map((group) => remarkOn(group as [Run, ...Run[]]));
}

function remarkOn(runs: readonly [Run, ...Run[]]): string {
  const [first] = runs;
  const { name, digest } = first.record.data;
  const named = runs.map(({ record }) => `${record.model} (seed ${record.spec.seed})`);
  return [
    `No command repeats ${listed([...new Set(named)], "or")}, as ${listed(missing(first))}.`,
    "It takes a program that calls recordTraining with the network of the run's model.json,",
    `the data with SHA-256 ${digest.slice(0, 12)} (${name}) and the settings below:`,
    "the same spec gives the same bits.",
  ].join(" ");
}

/** Why no command repeats a run; nothing where one does. */
function missing({ record }: Run): string[] {
  return [
    ...(record.spec.initial === undefined
      ? []
      : [`it began with the weights ${record.spec.initial.slice(0, 12)} in place of the seed's`]),
    ...(catalogueModelOf(record) === undefined ? ["the network is not of the catalogue"] : []),
    ...(dataArgument(record) === undefined ? ["the data were handed in by a program"] : []),
  ];
}
