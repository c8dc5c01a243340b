import { dirname } from "node:path";
import { explain } from "../../bench/explain.js";
import { explainedText } from "../../bench/explain-tables.js";
import { firstImages } from "../../bench/images.js";
import { measureKernelCalls } from "../../bench/kernel-calls.js";
import { InputError } from "../../errors.js";
import { createParent } from "../../files/folders.node.js";
import { writeAtomically } from "../../files/write-file.node.js";
import { countParameters } from "../../graph/graph.js";
import {
  inputOf,
  type Model,
  type ModelInput,
  type ModelSource,
  modelFor,
} from "../../graph/model.js";
import { optionsText } from "../../graph/model-options.js";
import { showShape } from "../../graph/ops/shapes.js";
import { jsonText } from "../../json-text.js";
import { thousands } from "../../numbers.js";
import { standaloneSvg } from "../../report/markup.js";
import { networkFigures } from "../../report/network-figure.js";
import { chosenData, type DataArguments } from "../data-options.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { readModelSource } from "../model-source.js";
import type { ImageSizes } from "../option-values.js";
import { ActivityLine } from "../terminal/activity-line.js";
import { print, printBlock } from "../terminal/output.js";

/** The options of `fovea explain` that were given. */
export interface ExplainArguments extends DataArguments {
  readonly measure?: boolean;
  readonly json?: boolean;
  readonly set?: readonly string[];
  readonly image?: ImageSizes;
  readonly classes?: number;
  readonly out?: string;
}

const where = "fovea explain";

/** What a definition is built for where no data are loaded: MNIST's images. */
const defaultInput = { channels: 1, rows: 28, columns: 28, classes: 10 };

/** Images that `--measure` trains with. */
const measuredImages = { train: 512, test: 64 };

/** Prints the plans of a model as tables or JSON. */
export async function runExplain(target: string, args: ExplainArguments): Promise<void> {
  checkTogether(args);
  const source = await readModelSource(where, target, args.set);
  const interruption = new Interruption();
  const line = new ActivityLine(process.stderr);
  interruption.announce = (text) => line.note(text);
  try {
    const data = await dataFor(args, interruption);
    const built = "build" in source ? undefined : source;
    const model = modelFor(where, source, data ?? inputFor(args, built));
    const plans = explain(model);
    let measured: Awaited<ReturnType<typeof measureKernelCalls>> | undefined;
    if (args.measure && data) {
      line.show("measuring");
      interruption.beforeQuit = () => line.clear();
      measured = await measureKernelCalls({ model, data, signal: interruption.signal });
      line.clear();
    }
    if (args.out !== undefined) draw(args.out, model);
    const { name, graph, options } = model;
    const [input, parameters] = [inputOf(model), countParameters(graph)];
    const matched = matchedParameters(source, model);
    if (args.json) {
      const found = { model: name, options, input, parameters, matched, plans, measured };
      printBlock(`${jsonText(found)}\n`);
      return;
    }
    print(titleOf(model));
    if (options) print(`options: ${optionsText(options)}`);
    if (matched !== undefined) {
      const difference = parameters - matched;
      const than = `${thousands(Math.abs(difference))} ${difference < 0 ? "fewer" : "more"}`;
      print(`matches: ${thousands(matched)} parameters of the network with match=false; ${than}`);
    }
    if (args.out !== undefined) print(`drawing: ${args.out}`);
    printBlock(`\n${explainedText(plans, measured)}`);
  } finally {
    line.clear();
    interruption.close();
  }
}

/** @throws InputError where two options say what the network is built for, or the drawing is no .svg */
function checkTogether({ data, measure, image, classes, out }: ExplainArguments): void {
  if ((data !== undefined || measure) && (image !== undefined || classes !== undefined)) {
    const given = data === undefined ? "--measure" : "--data";
    throw new InputError(
      where,
      "either --image and --classes, or --data and --measure",
      `${given} with them`,
    );
  }
  if (out !== undefined && !out.endsWith(".svg")) {
    throw new InputError(where, "--out to be an .svg file", out);
  }
}

/** What a definition is built for where no data are loaded; a built network has its own. */
function inputFor({ image, classes }: ExplainArguments, built: Model | undefined): ModelInput {
  const usual = built ? inputOf(built) : defaultInput;
  return { ...usual, ...image, ...(classes !== undefined && { classes }) };
}

function titleOf(model: Model): string {
  const { channels, rows, columns, classes } = inputOf(model);
  const trained = thousands(countParameters(model.graph));
  return `${model.name}: ${showShape([channels, rows, columns])} → ${showShape([classes])}, ${trained} parameters`;
}

/** Parameters of the network that a plain one is made to match: of a model with the option `match`, where it is on. */
function matchedParameters(source: ModelSource, model: Model): number | undefined {
  if (!("build" in source) || model.options?.match !== true) return undefined;
  return countParameters(source.build(inputOf(model), { match: false }).graph);
}

/** Draws the network as the report does. */
function draw(file: string, model: Model): void {
  createParent(dirname(file));
  const [figure] = networkFigures([model]);
  writeAtomically(file, standaloneSvg(figure!));
}

/** The first images of `--data`; undefined where none are needed. */
async function dataFor(args: ExplainArguments, interruption: Interruption) {
  const chosen = chosenData(where, args, undefined, "digits");
  if (args.data === undefined && !args.measure) return undefined;
  const loaded = await loadChosenData(chosen, interruption);
  return firstImages(loaded.data, measuredImages);
}
