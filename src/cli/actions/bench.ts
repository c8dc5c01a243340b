import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runBenchmark } from "../../bench/benchmark.js";
import { resultText } from "../../bench/result-tables.js";
import type { ScalingSeries } from "../../bench/scaling.js";
import { scalingFigure } from "../../bench/scaling-figure.js";
import type { KernelBuild } from "../../engine/build.js";
import { InputError } from "../../errors.js";
import { createFolder } from "../../files/folders.node.js";
import { writeAtomically } from "../../files/write-file.node.js";
import type { ModelDefinition } from "../../graph/model.js";
import { jsonText } from "../../json-text.js";
import { catalogueMarks } from "../../models/catalogue-marks.js";
import { classifierNames } from "../../models/index.js";
import { standaloneSvg } from "../../report/markup.js";
import { benchDefaults } from "../bench-defaults.js";
import { chosenData, type DataArguments } from "../data-options.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { readDefinition } from "../model-source.js";
import { recordedData } from "../recorded-data.js";
import { ActivityLine } from "../terminal/activity-line.js";
import { print, printBlock } from "../terminal/output.js";

const where = "fovea bench";

/** The options of `fovea bench` that were given. */
export interface BenchArguments extends DataArguments {
  readonly models?: readonly string[];
  readonly set?: readonly string[];
  readonly threads?: readonly number[];
  readonly steps?: number;
  readonly kernels?: boolean;
  readonly scaling?: boolean;
  readonly build?: KernelBuild;
  readonly out?: string;
  readonly json?: boolean;
}

/** Measures, and prints tables or JSON. */
export async function runBench(args: BenchArguments): Promise<void> {
  if (args.out !== undefined) {
    if (!args.scaling) throw new InputError(where, "--out only with --scaling", "--out alone");
    createFolder(args.out);
  }
  const interruption = new Interruption();
  const line = new ActivityLine(process.stderr);
  interruption.announce = (text) => line.note(text);
  try {
    const chosen = await chosenModels(args.models ?? classifierNames, args.set);
    const { data, reason, notes } = await loadChosenData(
      chosenData(where, args, undefined),
      interruption,
    );
    if (!args.json) print(reason, ...notes);
    interruption.beforeQuit = () => line.clear();
    const result = await runBenchmark({
      models: chosen,
      throughputModel: chosen.find(({ name }) => name === "stn") ?? chosen[0]!,
      threads: args.threads ?? benchDefaults.threads,
      steps: args.steps ?? benchDefaults.steps,
      data,
      dataChoice: { choice: recordedData(data), options: data.options ?? {} },
      commandLine: fileURLToPath(new URL("../fovea.js", import.meta.url)),
      kernels: args.kernels ?? false,
      scaling: args.scaling ?? false,
      build: args.build,
      onActivity: (activity) => line.show(`measuring: ${activity}`),
      signal: interruption.signal,
    });
    line.clear();
    if (args.out !== undefined) writeFigure(args.out, result.scaling!);
    printBlock(args.json ? `${jsonText(result)}\n` : `\n${resultText(result)}`);
  } finally {
    line.clear();
    interruption.close();
  }
}

/** The models of `--models`. */
function chosenModels(
  sources: readonly string[],
  set: readonly string[] | undefined,
): Promise<ModelDefinition[]> {
  return Promise.all(
    sources.map(async (source) => {
      const { definition } = await readDefinition(where, "--models", source, set);
      return definition;
    }),
  );
}

function writeFigure(folder: string, series: readonly ScalingSeries[]): void {
  writeAtomically(
    join(folder, "scaling.svg"),
    standaloneSvg(scalingFigure(series, catalogueMarks)),
  );
}
