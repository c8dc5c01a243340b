// Puts measured tables between the comments of docs/performance.md:
//   node bench/fill-docs.js --bench bench.json --mul-add mul-add.json --node node.json
//     --peers peers.json --goals goals.json
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
import { fillPlace } from "../scripts/fill-place.js";
import { goalLines } from "./goal-table.js";
import {
  checkLine,
  comparisonLine,
  evaluationComparison,
  pytorchNames,
  stepComparison,
} from "./peers/comparison-tables.js";

const page = new URL("../docs/performance.md", import.meta.url);

const { values } = parseArgs({
  options: {
    bench: { type: "string" },
    "mul-add": { type: "string" },
    node: { type: "string" },
    goals: { type: "string" },
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

/** Steps and evaluation alone, of another build or another Node. */
function stepTable(result) {
  return [measuredOn(machineLine(result)), "", ...stepLines(result, "markdown")];
}

function peerTables(result) {
  const peers = [measuredOn(comparisonLine(result)), "", ...stepComparison(result, "markdown")];
  if (result.evaluation.length > 0) {
    const evaluation = evaluationComparison(result, "markdown");
    peers.push("", "Evaluation of the 10,000 test images:", "", ...evaluation);
  }
  const check = checkLine(result);
  if (check) peers.push("", check);
  if (result.leftOut.length > 0) peers.push("", `Left out: ${result.leftOut.join(", ")}.`);
  return { peers };
}

function goalTables({ goals, runs }) {
  const [{ comparison }] = runs;
  const line = `${comparisonLine(comparison)}, ${pytorchNames(comparison).join(", ")}`;
  return { goals: [measuredOn(line), "", ...goalLines(goals, "markdown")] };
}

function measuredOn(line) {
  return `Measured on: ${line}.`;
}

function readResult(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

const tables = {
  ...(values.bench && benchTables(readResult(values.bench))),
  ...(values["mul-add"] && { "mul-add": stepTable(readResult(values["mul-add"])) }),
  ...(values.node && { node: stepTable(readResult(values.node)) }),
  ...(values.peers && peerTables(readResult(values.peers))),
  ...(values.goals && goalTables(readResult(values.goals))),
};
let text = readFileSync(page, "utf8");
for (const [name, lines] of Object.entries(tables)) {
  text = fillPlace("docs/performance.md", text, name, lines.join("\n"));
}
writeFileSync(page, text);
process.stdout.write(`filled: ${Object.keys(tables).join(", ") || "nothing"}\n`);
