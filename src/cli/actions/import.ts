import { basename, extname } from "node:path";
import { readBytes } from "../../files/read-file.node.js";
import { readOnnx } from "../../formats/onnx/import/read-onnx.js";
import { limits } from "../../formats/onnx/import/wire.js";
import { countParameters } from "../../graph/graph.js";
import { checkModelName, inputOf } from "../../graph/model.js";
import { showShape } from "../../graph/ops/shapes.js";
import { jsonText } from "../../json-text.js";
import { thousands } from "../../numbers.js";
import { writeImported } from "../../runs/imported-folder.node.js";
import { print } from "../terminal/output.js";

/** The options of `fovea import` that were given. */
export interface ImportArguments {
  readonly name?: string;
  readonly json?: boolean;
}

/** Reads an ONNX file and writes its network and weights into a folder that other commands take. */
export function runImport(file: string, out: string | undefined, args: ImportArguments): void {
  const found = readOnnx(readBytes(file, "an ONNX file", limits.bytes), file);
  const plain = basename(file, extname(file));
  const name = args.name ?? plain.replace(/[^\w.-]/g, "-");
  checkModelName(name);
  const folder = out ?? plain;
  const model = { name, graph: found.graph };
  const { normalisation } = found;
  const { channels, rows, columns, classes } = inputOf(model);
  const classNames = classNamesOf(found.metadata.get("class_names"), classes);
  writeImported(folder, file, { model, normalisation, classNames }, found.weights);
  const parameters = countParameters(model.graph);
  const image = [channels, rows, columns];
  if (args.json) {
    print(jsonText({ model: name, folder, image, classes, parameters, normalisation }));
    return;
  }
  print(
    `${folder}: ${name}, ${showShape(image)} → ${showShape([classes])}, ${thousands(parameters)} parameters`,
  );
  if (normalisation) {
    const { mean, std } = normalisation;
    print(
      mean === 0 && std === 1
        ? "images: pixel / 255; what else is done to them is part of the network"
        : `images: (pixel / 255 − ${mean.toFixed(4)}) / ${std.toFixed(4)}`,
    );
  } else {
    print("images: as its makers normalised them; say it by --mean and --std");
  }
}

/** The names of the classes as an exported file has them; undefined where other programs wrote something else. */
function classNamesOf(text: string | undefined, classes: number): readonly string[] | undefined {
  try {
    const names: unknown = JSON.parse(text ?? "");
    if (!Array.isArray(names) || names.length !== classes) return undefined;
    return names.every((name) => typeof name === "string") ? names : undefined;
  } catch {
    return undefined;
  }
}
