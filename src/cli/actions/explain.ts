import { explain } from "../../bench/explain.js";
import { explainedText } from "../../bench/explain-tables.js";
import { firstImages } from "../../bench/images.js";
import { measureKernelCalls } from "../../bench/kernel-calls.js";
import { countParameters } from "../../graph/graph.js";
import { inputOf, modelFor } from "../../graph/model.js";
import { showShape } from "../../graph/ops/shapes.js";
import { jsonText } from "../../json-text.js";
import { thousands } from "../../numbers.js";
import { chosenData, type DataArguments } from "../data-options.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { readModelSource } from "../model-source.js";
import { ActivityLine } from "../terminal/activity-line.js";
import { printBlock } from "../terminal/output.js";

/** The options of `fovea explain` that were given. */
export interface ExplainArguments extends DataArguments {
  readonly measure?: boolean;
  readonly json?: boolean;
}

/** What a definition is built for where no data are loaded: MNIST's images. */
const defaultInput = { channels: 1, rows: 28, columns: 28, classes: 10 };

/** Images that `--measure` trains with. */
const measuredImages = { train: 512, test: 64 };

/** Prints the plans of a model as tables or JSON. */
export async function runExplain(target: string, args: ExplainArguments): Promise<void> {
  const source = await readModelSource("fovea explain", target);
  const interruption = new Interruption();
  const line = new ActivityLine(process.stderr);
  interruption.announce = (text) => line.note(text);
  try {
    const data = await dataFor(args, interruption);
    const built = "build" in source ? undefined : source;
    const model = modelFor(
      "fovea explain",
      source,
      data ?? (built ? inputOf(built) : defaultInput),
    );
    const plans = explain(model);
    let measured: Awaited<ReturnType<typeof measureKernelCalls>> | undefined;
    if (args.measure && data) {
      line.show("measuring");
      interruption.beforeQuit = () => line.clear();
      measured = await measureKernelCalls({ model, data, signal: interruption.signal });
      line.clear();
    }
    if (args.json) {
      printBlock(`${jsonText({ model: model.name, plans, measured })}\n`);
      return;
    }
    const { channels, rows, columns, classes } = inputOf(model);
    const trained = thousands(countParameters(model.graph));
    const title = `${model.name}: ${showShape([channels, rows, columns])} → ${showShape([classes])}, ${trained} parameters`;
    printBlock(`${title}\n\n${explainedText(plans, measured)}`);
  } finally {
    line.clear();
    interruption.close();
  }
}

/** The first images of `--data`; undefined where none are needed. */
async function dataFor(args: ExplainArguments, interruption: Interruption) {
  const chosen = chosenData("fovea explain", args, undefined, "digits");
  if (args.data === undefined && !args.measure) return undefined;
  const loaded = await loadChosenData(chosen, interruption);
  return firstImages(loaded.data, measuredImages);
}
