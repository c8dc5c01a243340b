import { knownDataName } from "../data/known-data.js";
import { listed } from "../numbers.js";
import { catalogueModelOf } from "../runs/catalogue-run.js";
import type { Run } from "../runs/run-folder.node.js";
import { trainingDefaults } from "../train/defaults.js";
import type { JointCommand } from "./annotations.js";

/** How runs can be repeated. */
export interface Repetition {
  /** Command lines; each gives the same bits as the run or runs that it repeats. */
  readonly commands: readonly string[];
  /** Of the runs that no command repeats, what it takes; a few sentences each. */
  readonly remarks: readonly string[];
}

/**
 * How these runs can be repeated: by a command where their network is in the catalogue and their data are
 * found by a name.
 *
 * @param joint commands that repeat several of them at once; the others get one each
 */
export function repetition(runs: readonly Run[], joint: readonly JointCommand[] = []): Repetition {
  const left = runs.filter((run) => !joint.some((each) => each.runs.includes(run)));
  const commands = left.flatMap((run) => trainCommand(run) ?? []);
  const remarks = left.filter((run) => trainCommand(run) === undefined).map(remark);
  return {
    commands: [...new Set([...joint.map(({ command }) => command), ...commands])],
    remarks: [...new Set(remarks)],
  };
}

/** The settings that all commands that train have; undefined where the run's data have no name. */
export function commonSettings({ record: { spec } }: Run): string | undefined {
  const data = knownDataName(spec.data);
  if (data === undefined) return undefined;
  return `--epochs ${spec.recipe.epochs} --seed ${spec.seed} --data ${data}`;
}

/** Whether batch size and learning rate are those that a command takes by itself. */
export function hasDefaultRecipe({ record }: Run): boolean {
  const { batchSize, learningRate } = record.spec.recipe;
  return batchSize === trainingDefaults.batchSize && learningRate === trainingDefaults.learningRate;
}

function trainCommand(run: Run): string | undefined {
  const model = catalogueModelOf(run.record);
  const settings = commonSettings(run);
  if (model === undefined || settings === undefined) return undefined;
  const { batchSize, learningRate } = run.record.spec.recipe;
  const own = hasDefaultRecipe(run)
    ? ""
    : ` --batch-size ${batchSize} --learning-rate ${learningRate}`;
  return `fovea train ${model} ${settings}${own}`;
}

function remark(run: Run): string {
  const { record } = run;
  const { spec, data, model, digest } = record;
  const { epochs, batchSize, learningRate } = spec.recipe;
  const reasons = [
    ...(catalogueModelOf(record) === undefined ? ["its network is not of the catalogue"] : []),
    ...(knownDataName(spec.data) === undefined ? ["its data were handed in by a program"] : []),
  ];
  return [
    `No command repeats ${model}, seed ${spec.seed}, as ${listed(reasons)}.`,
    `It takes a program that calls recordTraining with the network of the run's model.json (SHA-256 ${short(spec.model)}),`,
    `the data ${data.name} (SHA-256 ${short(spec.data.digest)}),`,
    `${epochs} ${epochs === 1 ? "epoch" : "epochs"}, batch size ${batchSize}, learning rate ${learningRate} and seed ${spec.seed}.`,
    `The same spec (SHA-256 ${short(digest)}, in run.json) gives the same bits.`,
  ].join(" ");
}

function short(digest: string): string {
  return digest.slice(0, 12);
}
