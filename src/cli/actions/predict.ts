import { tableLines } from "../../bench/table.js";
import { InputError } from "../../errors.js";
import { jsonText } from "../../json-text.js";
import { counted, listed, percent } from "../../numbers.js";
import { calibrateRun, checkCalibratable } from "../../runs/calibrate-run.node.js";
import type { Run } from "../../runs/run-folder.node.js";
import { type PicturePrediction, predict } from "../../train/predict.js";
import { asTrained, checkSameData } from "../check-same-data.js";
import { chosenData } from "../data-options.js";
import { exitCodes } from "../exit-codes.js";
import { checkExplainable, explainPictures } from "../explain-pictures.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { type ClassifierArguments, findClassifier } from "../predict-target.js";
import {
  pictureFiles,
  readablePictures,
  readStandardInput,
  standardInput,
} from "../read-pictures.js";
import { note, oneLine, print, printBlock } from "../terminal/output.js";

const where = "fovea predict";

/** The options of `fovea predict` that were given. */
export interface PredictArguments extends ClassifierArguments {
  readonly top?: number;
  readonly calibrate?: boolean;
  readonly explain?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly threads?: number;
}

/** A picture and what was said of it. */
type Told = PicturePrediction & { readonly file: string };

/** Classifies pictures, and prints a table, JSON or CSV. */
export async function runPredict(
  path: string,
  given: readonly string[],
  args: PredictArguments,
): Promise<void> {
  if (args.json && args.csv) throw new InputError(where, "either --json or --csv", "both");
  const interruption = new Interruption();
  try {
    const { classifier, run } = await findClassifier(where, path, args, interruption);
    if (args.explain !== undefined) checkExplainable(where, classifier);
    const temperature = args.calibrate
      ? await temperatureOf(path, run, args, interruption)
      : undefined;
    const tuned = { ...classifier, ...(temperature !== undefined && { temperature }) };
    const all = pictureFiles(where, given);
    const stdin = all.includes(standardInput) ? await readStandardInput() : new Uint8Array();
    const options = { top: args.top, threads: args.threads };
    const unreadable = new Map<string, InputError>();
    const pictures = readablePictures(all, stdin, (file, problem) => unreadable.set(file, problem));
    const predictions = await predict(tuned, pictures, options);
    const files = all.filter((file) => !unreadable.has(file));
    const told = predictions.map((each, at): Told => ({ file: files[at]!, ...each }));
    sayUnreadable([...unreadable.values()], all.length);
    sayWhatWasDone(told);
    if (args.explain !== undefined && told.length > 0) {
      const written = await explainPictures(tuned, files, stdin, args.explain);
      note(`explained: ${counted(written, "file")} in ${args.explain}`);
    }
    if (args.json) print(jsonText(told.map(jsonOf)));
    else if (args.csv) printBlock(csvOf(told, args.top ?? 3));
    else if (told.length > 0) printBlock(tableOf(told));
  } finally {
    interruption.close();
  }
}

/** The temperature that the run keeps, or one that is fitted now. */
async function temperatureOf(
  path: string,
  run: Run | undefined,
  { last, threads }: PredictArguments,
  interruption: Interruption,
): Promise<number> {
  if (!run) throw new InputError(where, "a run folder with --calibrate", path);
  if (last) throw new InputError(where, "--calibrate without --last", "both");
  if (run.calibration) return run.calibration.temperature;
  checkCalibratable(path);
  const { data } = await loadChosenData(chosenData(where, {}, run.record.data), interruption);
  checkSameData(path, run.record.data, data);
  const trained = asTrained(data, run.record.data);
  const { temperature, heldOut } = await calibrateRun(path, trained, threads);
  note(`temperature ${temperature.toFixed(3)}, fitted on ${heldOut.images} images held out`);
  return temperature;
}

/** Pictures that cannot be read, a line each; the others are classified all the same. */
function sayUnreadable(problems: readonly InputError[], pictures: number): void {
  if (problems.length === 0) return;
  for (const { message } of problems) note(`${where}: ${message}`);
  if (pictures > 1) note(`not read: ${problems.length} of ${counted(pictures, "picture")}`);
  process.exitCode = exitCodes.input;
}

/** On stderr, so that stdout has nothing but the predictions. */
function sayWhatWasDone(told: readonly Told[]): void {
  const inverted = told.filter(({ isInverted }) => isInverted);
  if (inverted.length > 0) {
    const which = inverted.length === told.length ? "all" : `${inverted.length} of ${told.length}`;
    note(`dark on light: ${which} turned into light on dark, as the training images are`);
  }
  const without = told.filter((each) => each.class === null).map(({ file }) => file);
  if (without.length > 0) {
    const names = without.length > 3 ? [...without.slice(0, 3), "…"] : without;
    note(`no prediction: the result is NaN for ${listed(names)}`);
  }
}

function jsonOf({ file, class: found, probability, top }: Told) {
  return { file, class: found, probability, top };
}

function tableOf(told: readonly Told[]): string {
  const lines = tableLines(
    told,
    [
      { title: "picture", align: "left", text: ({ file }) => oneLine(file) },
      { title: "class", align: "left", text: (each) => oneLine(each.class ?? "none") },
      { title: "probability", text: ({ probability }) => percentText(probability) },
      {
        title: "then",
        align: "left",
        text: ({ top }) =>
          oneLine(
            top
              .slice(1)
              .map((each) => `${each.class} ${percentText(each.probability)}`)
              .join(", "),
          ),
      },
    ],
    "plain",
  );
  return `${lines.join("\n")}\n`;
}

function percentText(probability: number | null): string {
  return probability === null ? "NaN" : `${percent(probability, 1)} %`;
}

function csvOf(told: readonly Told[], top: number): string {
  const most = Math.max(1, ...told.map((each) => Math.min(top, each.top.length)));
  const others = Array.from({ length: most - 1 }, (_, at) => [
    `class_${at + 2}`,
    `probability_${at + 2}`,
  ]);
  const head = ["file", "class", "probability", ...others.flat()];
  const rows = told.map(({ file, class: found, probability, top: all }) => [
    file,
    found ?? "",
    probability ?? "NaN",
    ...Array.from({ length: most - 1 }, (_, at) => all[at + 1]).flatMap((each) => [
      each?.class ?? "",
      each?.probability ?? "",
    ]),
  ]);
  return `${[head, ...rows].map((row) => row.map(csvCell).join(",")).join("\n")}\n`;
}

/** Quoted where it has to be (RFC 4180). */
function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
