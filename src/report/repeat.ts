import { isKnownName, knownDataName } from "../data/known-data.js";
import { defaultOf, type OptionDefaults, optionsText } from "../graph/model-options.js";
import { models } from "../models/index.js";
import { listed } from "../numbers.js";
import { catalogueModelOf } from "../runs/catalogue-run.js";
import type { RunRecord } from "../runs/record-codec.js";
import type { Run } from "../runs/run-folder.node.js";
import { shellWord } from "../shell-word.js";
import type { JointCommand } from "./annotations.js";
import { isDefaultRecipe, sharedOptions, trainCommand } from "./train-command.js";

/** Instructions to repeat runs. */
export interface Repetition {
  /** Command lines; each gives the same bits as the run or runs that it repeats. */
  readonly commands: readonly string[];
  /** How to repeat the runs without a command; a few sentences, once for all runs with the same reason. */
  readonly remarks: readonly string[];
}

/**
 * Instructions to repeat these runs: a command where the network is in the catalogue or a module, and the data are found
 * by name or path; a remark on what such a command needs besides, and on runs without one.
 *
 * @param joint commands that repeat several of them at once; the others get one each
 */
export function repetition(runs: readonly Run[], joint: readonly JointCommand[] = []): Repetition {
  const left = runs.filter(
    ({ record }) => !joint.some(({ specs }) => specs.includes(record.digest)),
  );
  const commands = left.flatMap((run) => commandOf(run) ?? []);
  return {
    commands: [...new Set([...joint.map(({ command }) => command), ...commands])],
    remarks: [
      ...needsOf(left.filter((run) => commandOf(run) !== undefined)),
      ...remarksOn(left.filter((run) => commandOf(run) === undefined)),
    ],
  };
}

/** The options that all training commands share; undefined where the run's data have no name. */
export function commonSettings({ record }: Run): string | undefined {
  const data = namedData(record);
  return data && sharedOptions(record.spec, data);
}

/** What `--data` takes to find the run's data by name; undefined where no name finds them. */
function namedData({ data, spec }: RunRecord): string | undefined {
  const { trainImages, ...others } = data.options ?? {};
  if (trainImages === undefined) return knownDataName(spec.data);
  const isNamed = isKnownName(data.name) && Object.keys(others).length === 0;
  return isNamed ? `${data.name} --train-images ${trainImages}` : undefined;
}

/** Whether batch size, learning rate and all else of the recipe are the defaults of the command line. */
export function hasDefaultRecipe({ record: { spec } }: Run): boolean {
  return isDefaultRecipe(spec);
}

function commandOf({ record }: Run): string | undefined {
  const model = modelWords(record);
  const data = dataWords(record);
  if (model === undefined || data === undefined) return undefined;
  if (record.spec.initial !== undefined) return undefined;
  return trainCommand(record.spec, model, data);
}

/** The network as a command names it, with the options that differ from its defaults. */
function modelWords(record: RunRecord): string | undefined {
  const { options = {}, module } = record;
  const name = catalogueModelOf(record);
  if (name === undefined && module === undefined) return undefined;
  const defaults: OptionDefaults = name === undefined ? {} : (models[name].options ?? {});
  const chosen = Object.entries(options).filter(
    ([option, value]) => defaults[option] === undefined || defaultOf(defaults[option]) !== value,
  );
  const set = optionsText(Object.fromEntries(chosen)).replaceAll(", ", ",");
  return `${shellWord(name ?? module!.file)}${set === "" ? "" : ` --set ${shellWord(set)}`}`;
}

/** The data as a command names them: by name, or by path with how they were read. */
function dataWords(record: RunRecord): string | undefined {
  const name = namedData(record);
  const { source, options = {} } = record.data;
  if (name !== undefined || !isPath(source)) return name;
  const { size, fit, grey, skipUnreadable, trainImages } = options;
  return [
    shellWord(source),
    ...(size ? [`--size ${size[0]}x${size[1]}`] : []),
    ...(fit ? [`--fit ${fit}`] : []),
    ...(grey ? ["--grey"] : []),
    ...(skipUnreadable ? ["--skip-unreadable"] : []),
    ...(trainImages === undefined ? [] : [`--train-images ${trainImages}`]),
  ].join(" ");
}

/** Whether data were read from a folder or file, whose whole path is recorded. */
function isPath(source: string): boolean {
  return /^(\/|[A-Za-z]:[\\/])/.test(source);
}

/** What has to be as it was for commands to give the same bits: files that are no part of this program. */
function needsOf(runs: readonly Run[]): string[] {
  const files = runs.flatMap(({ record }) => {
    const { module, data } = record;
    return [
      ...(module ? [`${module.file} with SHA-256 ${module.sha256.slice(0, 12)}`] : []),
      ...(namedData(record) === undefined
        ? [`the data in ${data.source} with SHA-256 ${data.digest.slice(0, 12)}`]
        : []),
    ];
  });
  return files.length === 0 ? [] : [`It takes ${listed([...new Set(files)])}, as they were.`];
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
    ...(modelWords(record) === undefined ? ["the network is not of the catalogue"] : []),
    ...(dataWords(record) === undefined ? ["the data were handed in by a program"] : []),
  ];
}
