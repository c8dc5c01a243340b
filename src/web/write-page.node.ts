import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { checkOptions } from "../arguments.js";
import { InputError } from "../errors.js";
import { createFolder } from "../files/folders.node.js";
import { writeAtomically } from "../files/write-file.node.js";
import { type WritableTensor, writeSafetensors } from "../formats/safetensors.js";
import { encodeGraph } from "../graph/graph-codec.js";
import { inputOf } from "../graph/model.js";
import type { NamedTensors } from "../graph/tensors.js";
import { jsonText } from "../json-text.js";
import { thousands } from "../numbers.js";
import { classifierFacts } from "../runs/read-classifier.node.js";
import { type Run, readRun } from "../runs/run-folder.node.js";
import { readRunWeights } from "../runs/run-weights.node.js";
import { float16Bits } from "./float16.js";
import type { PageContent } from "./page-content.js";
import { pageMarkup } from "./page-template.js";

/** A page of up to so many bytes keeps its weights in float32. */
const roomy = 400_000;

/** Which weights, and whether a page that is there may go. */
export interface WebPageOptions {
  /** A run's last weights instead of its best. */
  readonly last?: boolean;
  readonly force?: boolean;
}

/** A page that was written. */
export interface WebPageFile {
  readonly file: string;
  readonly bytes: number;
  /** What a reader must know of it. */
  readonly remark?: string;
}

/**
 * Writes `index.html` into a folder: a page in one file that classifies pictures with a run's network, in the browser and
 * offline, from a server or from the disk. It has the kernels and the weights within it. Weights are float32 while the
 * page stays under 400 kB, else float16.
 *
 * @param run the run folder
 * @param directory created if it does not exist
 * @throws InputError where the run has no weights or cannot be read, or there is a page already
 * @example
 * const { file, bytes } = writeWebPage("runs/2026-11-23-142530-stn-seed0", "page"); // page/index.html
 */
export function writeWebPage(
  run: string,
  directory: string,
  options: WebPageOptions = {},
): WebPageFile {
  checkOptions("writeWebPage", options, ["last", "force"]);
  const { last = false, force = false } = options;
  const file = join(directory, "index.html");
  if (existsSync(file) && !force) {
    throw new InputError(file, "no page there yet (force replaces one)", "a file");
  }
  const found = readRun(run);
  const { weights } = readRunWeights(run, last ? "last" : "best");
  const { text, remark } = fittingPage(found, weights.parameters);
  createFolder(directory);
  writeAtomically(file, text);
  return { file, bytes: Buffer.byteLength(text), ...(remark !== undefined && { remark }) };
}

function fittingPage(run: Run, parameters: NamedTensors): { text: string; remark?: string } {
  const whole = pageOf(run, parameters);
  if (Buffer.byteLength(whole) <= roomy) return { text: whole };
  const halved = new Map(
    [...parameters].map(([name, { shape, values }]): [string, WritableTensor] => {
      return [name, { dtype: "F16", shape, values: Uint16Array.from(values, float16Bits) }];
    }),
  );
  const text = pageOf(run, halved);
  const values = thousands(
    [...parameters.values()].reduce((sum, each) => sum + each.values.length, 0),
  );
  const half = `its ${values} weights are float16, as float32 takes more than 400 kB`;
  return {
    text,
    remark:
      Buffer.byteLength(text) <= roomy
        ? half
        : `${half}; the page is larger than that all the same`,
  };
}

function pageOf(run: Run, tensors: ReadonlyMap<string, WritableTensor>): string {
  const { record, model, calibration } = run;
  const content = contentOf(run);
  const { channels, rows, columns } = content;
  const colours = channels === 3 ? " in colour" : "";
  const classes = record.data.classNames ? `${record.data.classes} classes` : "the classes";
  const tuned = calibration ? ", its probabilities at the temperature that was fitted" : "";
  return pageMarkup({
    title: `${model.name} on ${record.data.name}`,
    lead: `A network with ${thousands(record.parameters)} parameters tells ${classes} of ${record.data.name} apart, from pictures of ${rows}×${columns} pixels${colours}${tuned}.`,
    draws: channels === 1 && content.framing.isDark,
    content: jsonText(content),
    weights: packed(writeSafetensors(tensors)),
    kernels: packed(readFileSync(new URL("../engine/kernels.mul-add.wasm", import.meta.url))),
    script: packed(readFileSync(new URL("./page.bundle", import.meta.url))),
  });
}

function contentOf(run: Run): PageContent {
  const { record, model, calibration } = run;
  const { name: data, mean, std, classNames } = record.data;
  const { channels, rows, columns, classes } = inputOf(model);
  const shape = { channels, rows, columns };
  return {
    name: model.name,
    data,
    graph: encodeGraph(model.graph),
    ...shape,
    classNames: classNames ?? Array.from({ length: classes }, (_, index) => String(index)),
    mean,
    std,
    framing: classifierFacts(run).framing ?? { isDark: false },
    temperature: calibration?.temperature ?? 1,
  };
}

function packed(bytes: Uint8Array): string {
  return gzipSync(bytes, { level: 9 }).toString("base64");
}
