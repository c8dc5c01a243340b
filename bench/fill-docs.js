// Puts measured tables between the comments of docs/performance.md:
//   node bench/fill-docs.js --bench bench.json --mul-add mul-add.json --peers peers.json
// Each file is optional; a table without its file stays as it is.

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  kernelLines,
  kernelNotes,
  kernelTitle,
  machineLine,
  memoryLines,
  scalingLines,
  stepLines,
  throughputLines,
} from "../dist/bench/result-tables.js";
import { comparisonLine, evaluationComparison, stepComparison } from "./peers/comparison-tables.js";

const page = new URL("../docs/performance.md", import.meta.url);

const { values } = parseArgs({
  options: {
    bench: { type: "string" },
    "mul-add": { type: "string" },
    peers: { type: "string" },
  },
});

/** What belongs between a place's comments, by the place's name. */
function benchTables(result) {
  const tables = {
    steps: [measuredOn(machineLine(result)), "", ...stepLines(result, "markdown")],
    throughput: throughputLines(result.throughput, "markdown"),
    memory: [
      ...memoryLines(result.memory, "markdown"),
      "",
      `\`fovea --help\`: ${result.help.toFixed(0)} ms.`,
    ],
  };
  if (result.kernels) tables.kernels = result.kernels.flatMap(kernelTable);
  if (result.scaling) tables.scaling = scalingLines(result.scaling, "markdown").slice(0, -1);
  return tables;
}

function kernelTable(figures, index) {
  const table = kernelLines(figures, "markdown");
  const lines = [`**${kernelTitle(figures)}**`, "", ...table, ...kernelNotes(figures)];
  return index > 0 ? ["", ...lines] : lines;
}

function mulAddTables(result) {
  return { "mul-add": [measuredOn(machineLine(result)), "", ...stepLines(result, "markdown")] };
}

function peerTables(result) {
  const steps = [measuredOn(comparisonLine(result)), "", ...stepComparison(result, "markdown")];
  if (result.evaluation.length === 0) return { peers: steps };
  const evaluation = ["Evaluation of the 10,000 test images:", ""];
  return {
    peers: [...steps, "", ...evaluation, ...evaluationComparison(result, "markdown")],
  };
}

function measuredOn(line) {
  return `Measured on: ${line}.`;
}

function readResult(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

function fill(text, name, lines) {
  const place = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
  if (!place.test(text)) throw new Error(`docs/performance.md has no place for ${name}`);
  return text.replace(place, (_, open, close) => `${open}${lines.join("\n")}\n${close}`);
}

const tables = {
  ...(values.bench && benchTables(readResult(values.bench))),
  ...(values["mul-add"] && mulAddTables(readResult(values["mul-add"]))),
  ...(values.peers && peerTables(readResult(values.peers))),
};
let text = readFileSync(page, "utf8");
for (const [name, lines] of Object.entries(tables)) text = fill(text, name, lines);
writeFileSync(page, text);
process.stdout.write(`filled: ${Object.keys(tables).join(", ") || "nothing"}\n`);
