import { normalisationText } from "../data/normalisation.js";
import { optionsText } from "../graph/model-options.js";
import { counted, duration, percent, thousands } from "../numbers.js";
import type { Run } from "../runs/run-folder.node.js";
import { heldOutOf, sectionsOf } from "../runs/run-spec.js";
import { recipeArguments } from "../train/recipe-text.js";
import type { JointCommand } from "./annotations.js";
import { paragraph, type TableCell, tableBlock } from "./html-page.js";
import { escapeMarkup } from "./markup.js";
import { repetition } from "./repeat.js";

/** Commands that repeat the runs, and the configuration of each run. */
export function configurationMarkup(runs: readonly Run[], joint: readonly JointCommand[]): string {
  if (runs.length === 0) return paragraph("No runs were given.", "empty");
  const details = runs.map(
    (run) =>
      `<details><summary>${escapeMarkup(folderName(run.directory))}</summary>\n${runDetails(run)}\n</details>`,
  );
  return [...repetitionMarkup(runs, joint), ...details].join("\n");
}

function repetitionMarkup(runs: readonly Run[], joint: readonly JointCommand[]): string[] {
  const { commands, remarks } = repetition(runs, joint);
  const lines = commands.map(escapeMarkup).join("\n");
  const these = runs.length === 1 ? "this run" : remarks.length > 0 ? "runs" : "these runs";
  return [
    ...(commands.length > 0
      ? [`<p>To repeat ${these}:</p>\n<pre><code>${lines}</code></pre>`]
      : []),
    ...remarks.map((remark) => paragraph(remark)),
    paragraph(
      "The result has the same bits for any number of threads, on every engine of the same build.",
      "note",
    ),
  ];
}

/** The last part of a folder's path. */
export function folderName(directory: string): string {
  return directory.split(/[\\/]/).findLast((part) => part !== "") ?? directory;
}

function runDetails({ record, metrics }: Run): string {
  const { data, spec, digest, machine, versions } = record;
  const { epochs, batchSize, learningRate } = spec.recipe;
  const seconds = metrics.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const values: [string, string][] = [
    ["model", `${record.model}, ${counted(record.parameters, "parameter")}`],
    ...definitionRows(record),
    ["seed", String(spec.seed)],
    ["epochs", `${metrics.length} of ${epochs}, ${record.state}`],
    ["batch size", String(batchSize)],
    ["learning rate", String(learningRate)],
    ...recipeArguments(sectionsOf(spec)).map(([option, value]): [string, string] => [
      option.replace("-", " "),
      value,
    ]),
    ...validationRows(record),
    [
      "data",
      `${data.name}: ${thousands(data.trainCount)} training and ${thousands(data.testCount)} test images, ${data.channels}×${data.rows}×${data.columns}, ${classesText(data)}`,
    ],
    ["network (SHA-256)", spec.model],
    ["data from", data.source],
    ["data digest (SHA-256)", data.digest],
    ["spec (SHA-256)", digest],
    ["normalisation", normalisationText(data)],
    [
      "engine",
      `${spec.engine.build}, ${counted(record.threads, "thread")}, ${counted(spec.engine.shards, "shard")} per batch`,
    ],
    [
      "machine",
      `${machine.processor}, ${counted(machine.cores, "core")}, ${machine.platform} ${machine.architecture}`,
    ],
    ["versions", `Fovea ${versions.fovea}, Node ${versions.node}, V8 ${versions.v8}`],
    ["started", record.started],
    ...endedRow(record.parts),
    ["time", `${duration(seconds)} in epochs`],
  ];
  const rows = values.map(([name, text]): TableCell[] => [{ text: name, header: true }, { text }]);
  return `<div class="details">${tableBlock(rows, 0, "Configuration of the run")}</div>`;
}

/** The options of the network, and the module that it is from, where it has some. */
function definitionRows({ options, module }: Run["record"]): [string, string][] {
  return [
    ...(options ? [["options", optionsText(options)] as [string, string]] : []),
    ...(module
      ? [["module", `${module.file}, SHA-256 ${module.sha256.slice(0, 12)}`] as [string, string]]
      : []),
  ];
}

/** On what epochs were validated, and what that decided, where it is not the default. */
function validationRows({ spec, test }: Run["record"]): [string, string][] {
  const { patience } = spec.recipe;
  const images = heldOutOf(spec);
  return [
    ...(images === undefined
      ? []
      : [["validation", `on ${thousands(images)} training images held out`] as [string, string]]),
    ...(patience === undefined
      ? []
      : [["patience", counted(patience, "epoch")] as [string, string]]),
    ...(test === undefined
      ? []
      : [
          [
            "test",
            `${percent(test.accuracy)} % of ${thousands(test.total)} images, loss ${test.loss.toFixed(4)}, after epoch ${test.epoch}, chosen by validation`,
          ] as [string, string],
        ]),
  ];
}

function classesText({ classes, classNames }: Run["record"]["data"]): string {
  return `${classes} ${classes === 1 ? "class" : "classes"}${classNames ? ` (${classNames.join(", ")})` : ""}`;
}

/** When the last part of a training ended, and the number of parts if there were several. */
function endedRow(parts: Run["record"]["parts"]): [string, string][] {
  const ended = parts?.at(-1)?.ended;
  if (ended === undefined) return [];
  return [["ended", parts!.length > 1 ? `${ended}, in ${parts!.length} parts` : ended]];
}
