import { existsSync } from "node:fs";
import { extname } from "node:path";
import { InputError } from "../../errors.js";
import { excerpt } from "../../excerpt.js";
import { inRealFolder } from "../../files/folders.node.js";
import { writeAtomically } from "../../files/write-file.node.js";
import { writeSafetensors } from "../../formats/safetensors.js";
import { writePyTorch } from "../../formats/write-pytorch.js";
import { sizeOf } from "../../graph/graph.js";
import type { Weights } from "../../runs/weights-codec.js";
import { shown } from "../option-values.js";
import { findWeights } from "../weights-target.js";

const where = "fovea export";

/** The options of `fovea export` that were given. */
export interface ExportArguments {
  readonly last?: boolean;
  readonly force?: boolean;
}

/** What a file of each ending holds. */
const encoders: ReadonlyMap<string, (weights: Weights) => Uint8Array> = new Map([
  [".pt", ({ parameters }) => writePyTorch(parameters)],
  [
    ".safetensors",
    ({ parameters, metadata }) => writeSafetensors(parameters, { format: "pt", ...metadata }),
  ],
]);

/** Writes a run's weights, or a file's, into a file of the format that its ending says. */
export function runExport(target: string, out: string, args: ExportArguments): void {
  const encode = encoders.get(extname(out));
  if (!encode) {
    const endings = [...encoders.keys()].join(" or ");
    throw new InputError(where, `OUT to end with ${endings}`, shown(out));
  }
  if (existsSync(out) && !args.force) {
    throw new InputError(where, "OUT to be a new file (--force replaces one)", shown(out));
  }
  const { file, tensors: weights } = findWeights(where, target, args.last ?? false);
  checkExportable(file, weights);
  writeAtomically(inRealFolder(out), encode(weights));

  const shapes = [...weights.parameters.values()].map(({ shape }) => shape);
  const values = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  console.log(`${out}: ${values.toLocaleString("en-US")} values in ${shapes.length} tensors`);
}

function checkExportable(file: string, { parameters, integers }: Weights): void {
  const [other] = integers;
  if (other) {
    const [name, { dtype }] = other;
    throw new InputError(file, "tensors in floating point", `${excerpt(name)} in ${dtype}`);
  }
  if (parameters.size === 0) throw new InputError(file, "one tensor or more", "none");
}
