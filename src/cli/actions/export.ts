import { existsSync } from "node:fs";
import { extname } from "node:path";
import { InputError } from "../../errors.js";
import { excerpt } from "../../excerpt.js";
import { inRealFolder } from "../../files/folders.node.js";
import { writeAtomically } from "../../files/write-file.node.js";
import type { ImageInput } from "../../formats/onnx/onnx-graph.js";
import { writeSafetensors } from "../../formats/safetensors.js";
import { writePyTorch } from "../../formats/write-pytorch.js";
import { sizeOf } from "../../graph/graph.js";
import { listed, thousands } from "../../numbers.js";
import { readRun } from "../../runs/run-folder.node.js";
import type { Weights } from "../../runs/weights-codec.js";
import { shown } from "../option-values.js";
import { note, print } from "../terminal/output.js";
import { findWeights } from "../weights-target.js";

const where = "fovea export";

/** The options of `fovea export` that were given. */
export interface ExportArguments {
  readonly last?: boolean;
  readonly force?: boolean;
  readonly entry?: string;
  readonly tensorboard?: string;
  readonly web?: string;
  /** How images go into an ONNX network. */
  readonly input?: ImageInput["kind"];
}

/** A file with the whole network, not only its weights. */
const onnxEnding = ".onnx";

type Encode = (weights: Weights) => Uint8Array;

/** What a file of each ending holds; capitals mean the same. */
const encoders: ReadonlyMap<string, Encode> = new Map([
  ...[".pt", ".pth", ".ckpt", ".bin"].map((ending): [string, Encode] => [
    ending,
    ({ parameters }) => writePyTorch(parameters),
  ]),
  [
    ".safetensors",
    ({ parameters, metadata }) => writeSafetensors(parameters, { format: "pt", ...metadata }),
  ],
]);

/** Writes what was asked for: exactly one of a file, an event file and a web page. */
export async function runExport(
  target: string,
  out: string | undefined,
  args: ExportArguments,
): Promise<void> {
  const { tensorboard, web } = args;
  const asked = [out, tensorboard, web].filter((each) => each !== undefined);
  if (asked.length !== 1) {
    const got = asked.length === 0 ? "none" : listed(asked.map(shown));
    throw new InputError(where, "one of OUT, --tensorboard and --web", got);
  }
  if (tensorboard !== undefined) await exportEvents(target, tensorboard, args);
  else if (web !== undefined) await exportPage(target, web, args);
  else await exportWeights(target, out!, args);
}

/** @throws InputError where an option is given that means nothing for what is written */
function checkWithout(
  args: ExportArguments,
  written: string,
  options: readonly (keyof ExportArguments)[],
): void {
  for (const option of options) {
    if (args[option] === undefined) continue;
    throw new InputError(where, `--${option} without ${written}`, "both");
  }
}

/** Writes the event file of a run. */
async function exportEvents(target: string, directory: string, args: ExportArguments) {
  checkWithout(args, "--tensorboard", ["last", "entry", "force", "input"]);
  const { writeTensorBoard } = await import("../../report/write-tensorboard.node.js");
  print(`tensorboard: ${writeTensorBoard(readRun(target), directory)}`);
}

/** Writes the page of a run. */
async function exportPage(target: string, directory: string, args: ExportArguments) {
  checkWithout(args, "--web", ["entry", "input"]);
  const { writeWebPage } = await import("../../web/write-page.node.js");
  const { last, force } = args;
  const { file, bytes, remark } = writeWebPage(target, directory, { last, force });
  print(`page: ${file} (${thousands(Math.round(bytes / 1000))} kB)`);
  if (remark !== undefined) print(remark);
}

/** Writes a run's weights, or a file's, into a file of the format that its ending says. */
async function exportWeights(target: string, out: string, args: ExportArguments): Promise<void> {
  const ending = extname(out).toLowerCase();
  const encode = encoders.get(ending);
  if (!encode && ending !== onnxEnding) {
    const endings = listed([...encoders.keys(), onnxEnding], "or");
    throw new InputError(where, `OUT to end with ${endings}`, shown(out));
  }
  if (encode && args.input !== undefined) {
    throw new InputError(where, "--input only with OUT .onnx", shown(out));
  }
  if (existsSync(out) && !args.force) {
    throw new InputError(where, "OUT to be a new file (--force replaces one)", shown(out));
  }
  const found = findWeights(where, target, args.last ?? false, args.entry);
  checkExportable(found.file, found.tensors);
  if (!encode) {
    const { onnxExport } = await import("../onnx-export.js");
    const { bytes, line, warning } = onnxExport(where, found, args.input);
    writeAtomically(inRealFolder(out), bytes);
    print(`${out}: ${line}`);
    if (warning !== undefined) note(`warning: ${warning}`);
    return;
  }
  writeAtomically(inRealFolder(out), encode(found.tensors));

  const shapes = [...found.tensors.parameters.values()].map(({ shape }) => shape);
  const values = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  print(`${out}: ${thousands(values)} values in ${shapes.length} tensors`);
}

function checkExportable(file: string, { parameters, integers }: Weights): void {
  const [other] = integers;
  if (other) {
    const [name, { dtype }] = other;
    throw new InputError(file, "tensors in floating point", `${excerpt(name)} in ${dtype}`);
  }
  if (parameters.size === 0) throw new InputError(file, "one tensor or more", "none");
}
