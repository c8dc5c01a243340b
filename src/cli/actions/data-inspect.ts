import { existsSync } from "node:fs";
import { type Inspection, inspectData, isBalanced } from "../../data/inspection.js";
import { InputError } from "../../errors.js";
import { inRealFolder } from "../../files/folders.node.js";
import { writeAtomically } from "../../files/write-file.node.js";
import { modelFor } from "../../graph/model.js";
import { confidentMistakes, type Mistake } from "../../inspect/confident-mistakes.js";
import { jsonText } from "../../json-text.js";
import { percent, thousands } from "../../numbers.js";
import { dataPage } from "../../report/data-page.js";
import { asTrained, checkSameData } from "../check-same-data.js";
import { type DataArguments, pictureOptions } from "../data-options.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { shown } from "../option-values.js";
import { print, printBlock } from "../terminal/output.js";
import { findWeights } from "../weights-target.js";

const where = "fovea data inspect";
/** Mistakes that are looked for, and those that the terminal shows. */
const mostMistakes = 24;
const printed = 8;

/** The options of `fovea data inspect` that were given. */
export interface DataInspectArguments extends Omit<DataArguments, "data"> {
  readonly run?: string;
  readonly html?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Says what a data set holds. */
export async function runDataInspect(path: string, args: DataInspectArguments): Promise<void> {
  const { html } = args;
  if (html !== undefined && existsSync(html) && !args.force) {
    throw new InputError(where, "--html to be a new file (--force replaces one)", shown(html));
  }
  const target = args.run === undefined ? undefined : findWeights(where, args.run, false);
  if (target && !target.record) {
    throw new InputError(where, "--run to be a run folder", shown(args.run!));
  }
  const asked = pictureOptions(args);
  const given = Object.keys(asked).length > 0;
  const options = given ? asked : (target?.record?.data.options ?? {});
  const interruption = new Interruption();
  try {
    const { data, reason, notes } = await loadChosenData({ choice: path, options }, interruption);
    if (target) checkSameData(args.run!, target.record!.data, data);
    const found = inspectData(data);
    const mistakes =
      target &&
      (await confidentMistakes(
        modelFor(where, target.model!, data),
        asTrained(data, target.record!.data),
        target.tensors.parameters,
        mostMistakes,
      ));
    const plain = notes.map((note) => note.replace(/^data: /, ""));
    if (html !== undefined) {
      writeAtomically(inRealFolder(html), dataPage(data, found, plain, mistakes));
    }
    if (args.json) {
      const counts = { train: data.train.count, test: data.test.count };
      print(jsonText({ source: data.source, counts, ...found, notes: plain, mistakes }));
      return;
    }
    print(reason, ...notes);
    printBlock(inspectionText(found, mistakes, data.classNames));
    if (html !== undefined) print(`page: ${html}`);
  } finally {
    interruption.close();
  }
}

function inspectionText(
  found: Inspection,
  mistakes: readonly Mistake[] | undefined,
  names: readonly string[] | undefined,
): string {
  const { classes, imbalance, exact, near, repeated, contradicting } = found;
  const width = Math.max(5, ...classes.map(({ name }) => name.length));
  const row = (name: string, train: string, test: string) =>
    `${name.padEnd(width)}  ${train.padStart(8)}  ${test.padStart(8)}`;
  const lines = [
    row("class", "training", "test"),
    ...classes.map(({ name, train, test }) => row(name, thousands(train), thousands(test))),
    "",
    isBalanced(found)
      ? "imbalance: none, all classes have about as many training images"
      : `imbalance: the largest class has ${imbalance.toFixed(1)} times the training images of the smallest`,
    `duplicates: ${thousands(exact.length)} test images are training images, ${thousands(near.length)} more nearly so`,
    `repeated: ${thousands(repeated)} training images, ${thousands(contradicting)} of them with another label`,
  ];
  if (mistakes) {
    const nameOf = (label: number) => names?.[label] ?? String(label);
    lines.push("", "most confidently wrong:");
    for (const { part, index, label, predicted, probability } of mistakes.slice(0, printed)) {
      lines.push(
        `  ${part} image ${index}: ${nameOf(label)}, taken for ${nameOf(predicted)} (${percent(probability, 1)} %)`,
      );
    }
    if (mistakes.length === 0) lines.push("  none");
  }
  return `${lines.join("\n")}\n`;
}
