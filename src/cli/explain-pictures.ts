import { basename, extname, join } from "node:path";
import { encode } from "fast-png";
import { InputError } from "../errors.js";
import { createFolder } from "../files/folders.node.js";
import { writeAtomically } from "../files/write-file.node.js";
import { inputOf } from "../graph/model.js";
import { nodesOfRole } from "../graph/node-facts.js";
import type { ImageView, Views } from "../inspect/view-types.js";
import { viewsOf } from "../inspect/views.js";
import { attentionFigure } from "../report/attention-figure.js";
import { standaloneSvg } from "../report/markup.js";
import { transformerFigure } from "../report/transformer-figure.js";
import { type Classifier, framedPictures } from "../train/predict.js";
import { readPictures, standardInput } from "./read-pictures.js";

/** @throws InputError where the network has neither a transformer nor attention */
export function checkExplainable(where: string, { model }: Classifier): void {
  const roles = ["sampler", "attention"] as const;
  if (roles.some((role) => nodesOfRole(model.graph, role).length > 0)) return;
  const expected = "a network with a spatial transformer or attention with --explain";
  throw new InputError(where, expected, model.name);
}

/**
 * Writes for each picture what the network gets (`NAME-input.png`), what its transformer makes of it (`NAME-warped.png`
 * and `NAME-warp.svg`, with the quadrilateral that it samples), and where its attention looks (`NAME-attention.svg`).
 *
 * @returns the number of files
 * @throws InputError where the files cannot be written
 */
export async function explainPictures(
  classifier: Classifier,
  files: readonly string[],
  stdin: Uint8Array,
  directory: string,
): Promise<number> {
  const { model, parameters, mean, std, classNames } = classifier;
  createFolder(directory);
  const shape = inputOf(model);
  const names = uniqueNames(files);
  const { images } = framedPictures(classifier, readPictures(files, stdin));
  const size = images.length / files.length;
  let written = 0;
  const write = (name: string, content: string | Uint8Array) => {
    writeAtomically(join(directory, name), content);
    written++;
  };
  for (const [at, name] of names.entries()) {
    const own = images.subarray(at * size, (at + 1) * size);
    const test = { count: 1, images: own, labels: new Uint8Array(1) };
    const data = { ...shape, mean, std, test };
    const found = await viewsOf(model.graph, data, parameters, [0]);
    // Nobody has said what the picture shows.
    const views = { ...found, images: found.images.map((image) => ({ ...image, label: -1 })) };
    const [view] = views.images as [ImageView];
    const shown = { record: { model: model.name, data: { classNames } }, views };
    write(`${name}-input.png`, pngOf(views, view.pixels));
    if (view.warped) write(`${name}-warped.png`, pngOf(views, view.warped));
    const warp = transformerFigure(shown);
    if (warp) write(`${name}-warp.svg`, standaloneSvg(warp));
    const attention = attentionFigure(shown);
    if (attention) write(`${name}-attention.svg`, standaloneSvg(attention));
  }
  return written;
}

function pngOf({ channels, rows, columns }: Views, bytes: readonly number[]): Uint8Array {
  return encode({
    ...{ width: columns, height: rows, depth: 8, channels },
    data: Uint8Array.from(bytes),
  });
}

/** Names of files without endings; a number is added where several pictures have the same. */
function uniqueNames(files: readonly string[]): string[] {
  const taken = new Set<string>();
  return files.map((file) => {
    const base = file === standardInput ? "stdin" : basename(file, extname(file));
    let name = base;
    for (let count = 2; taken.has(name); count++) name = `${base}-${count}`;
    taken.add(name);
    return name;
  });
}
