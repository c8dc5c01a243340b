import { dirname } from "node:path";
import { InputError } from "../../errors.js";
import { createParent } from "../../files/folders.node.js";
import { writeAtomically } from "../../files/write-file.node.js";
import { jsonText } from "../../json-text.js";
import { capitalized } from "../../numbers.js";
import { figureBlock, htmlPage, paragraph } from "../../report/html-page.js";
import { standaloneSvg } from "../../report/markup.js";
import { rateFigure } from "../../report/rate-figure.js";
import { type FoundRate, findLearningRate, foundRateText } from "../../train/find-learning-rate.js";
import { chosenData, type DataArguments } from "../data-options.js";
import { recipeFrom } from "../given-recipe.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { readDefinition } from "../model-source.js";
import type { RecipeArguments } from "../recipe-options.js";
import { ActivityLine } from "../terminal/activity-line.js";
import { print, printBlock } from "../terminal/output.js";
import { rateCurve } from "../terminal/rate-curve.js";

const where = "fovea find-lr";

/** The options of `fovea find-lr` that were given. */
export interface FindLrArguments extends RecipeArguments, DataArguments {
  readonly set?: readonly string[];
  readonly from?: number;
  readonly to?: number;
  readonly steps?: number;
  readonly seed?: number;
  readonly batchSize?: number;
  readonly threads?: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** Runs the test of learning rates, prints its curve and writes its figure. */
export async function runFindLr(target: string, args: FindLrArguments): Promise<void> {
  const { out, json } = args;
  if (out !== undefined && !/\.(svg|html)$/.test(out)) {
    throw new InputError(where, "--out to be an .svg or .html file", out);
  }
  const { schedule, ...recipe } = recipeFrom(where, args);
  if (schedule !== undefined) {
    throw new InputError(
      where,
      "no --schedule, as the rate grows from step to step",
      schedule.kind,
    );
  }
  const { definition } = await readDefinition(where, "MODEL", target, args.set);
  const interruption = new Interruption();
  const line = new ActivityLine(process.stderr);
  interruption.announce = (text) => line.note(text);
  try {
    const choice = chosenData(where, args, undefined);
    const { data, reason, notes } = await loadChosenData(choice, interruption);
    if (!json) print(reason, ...notes);
    interruption.beforeQuit = () => line.clear();
    const { from, to, steps, seed, batchSize, threads } = args;
    const found = await findLearningRate({
      ...{ model: definition, data, ...recipe, from, to, steps, seed, batchSize, threads },
      signal: interruption.signal,
      onProgress: (done, total) => line.show(`step ${done} of ${total}`),
    });
    line.clear();
    if (out !== undefined) writeFigure(out, definition.name, found);
    if (json) {
      print(jsonText({ model: definition.name, ...found }));
      return;
    }
    printBlock(`\n${rateCurve(found)}\n\n${foundRateText(found)}\n`);
    if (out !== undefined) print(`figure: ${out}`);
  } finally {
    line.clear();
    interruption.close();
  }
}

function writeFigure(file: string, model: string, found: FoundRate): void {
  createParent(dirname(file));
  const figure = rateFigure(model, found);
  if (file.endsWith(".svg")) {
    writeAtomically(file, standaloneSvg(figure));
    return;
  }
  const section = { id: "rates", title: "Loss by learning rate", content: figureBlock(figure) };
  const lead = paragraph(`${capitalized(foundRateText(found))}.`);
  writeAtomically(file, htmlPage({ title: figure.title, lead, sections: [section] }));
}
