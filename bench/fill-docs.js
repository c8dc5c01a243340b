// Puts measured tables between the comments of docs/performance.md and bench/README.md:
//   node bench/fill-docs.js --bench bench.json --mul-add mul-add.json --node node.json
//     --peers peers.json --networks 1.json --networks 2.json --goals goals.json
// Each file is optional; a table without its file stays as it is.

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  memoryLines,
  scalingLines,
  stepLines,
  throughputLines,
} from "../dist/bench/result-tables.js";
import { fillPlace } from "../scripts/fill-place.js";
import { machineWords, stepTimes } from "./docs-tables.js";
import { goalLines } from "./goal-table.js";
import { networkLines } from "./network-table.js";
import {
  checkLine,
  comparisonLine,
  libraryTable,
  pytorchNames,
} from "./peers/comparison-tables.js";

/** The axes of growth that get a table; the figure shows all axes. */
const tabledAxes = ["image side", "kernel size", "stride"];

const { values } = parseArgs({
  options: {
    bench: { type: "string" },
    "mul-add": { type: "string" },
    node: { type: "string" },
    goals: { type: "string" },
    peers: { type: "string" },
    networks: { type: "string", multiple: true },
  },
});

/** The tables by the names of the comments that they go between. */
function benchTables(result) {
  const tables = {
    steps: [measuredOn(machineWords(result)), "", ...stepLines(result, "markdown")],
    throughput: throughputLines(result.throughput, "markdown"),
    memory: [
      ...memoryLines(result.memory, "markdown"),
      "",
      `\`fovea --help\`: ${result.help.toFixed(0)} ms.`,
    ],
  };
  if (result.scaling) tables.scaling = scalingTable(result.scaling);
  return tables;
}

function scalingTable(series) {
  const shown = series.filter(({ axis }) => tabledAxes.includes(axis));
  return scalingLines(shown, "markdown").slice(0, -1);
}

/** Only the steps, for another build or another Node. */
function otherSteps(result) {
  return [measuredOn(machineWords(result)), "", ...stepTimes(result, "markdown")];
}

function peerTables(result) {
  const { steps, evaluation } = result;
  const milliseconds = { digits: 2, unit: "ms" };
  const peers = [
    measuredOn(comparisonLine(result)),
    "",
    ...libraryTable(steps, milliseconds, "markdown"),
  ];
  if (evaluation.length > 0) {
    const seconds = { digits: 2, unit: "s" };
    const table = libraryTable(evaluation, seconds, "markdown");
    peers.push("", "Evaluation of the 10,000 test images:", "", ...table);
  }
  const check = checkLine(result);
  if (check) peers.push("", check);
  if (result.leftOut.length > 0) peers.push("", `Left out: ${result.leftOut.join(", ")}.`);
  return { peers };
}

/** Comparisons of one command with other networks. */
function networkTables(comparisons) {
  const [first] = comparisons;
  const line = `${machineWords(first)}; ${comparisons.length} runs of ${first.rounds} rounds in turns; ${pytorchNames(first).join(", ")}`;
  return { networks: [measuredOn(line), "", ...networkLines(comparisons, "markdown")] };
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

/** Inserts tables between their comments in a page; its path is relative to the root. */
function fill(page, tables) {
  const file = new URL(`../${page}`, import.meta.url);
  let text = readFileSync(file, "utf8");
  for (const [name, lines] of Object.entries(tables)) {
    text = fillPlace(page, text, name, lines.join("\n"));
    process.stdout.write(`filled: ${name} of ${page}\n`);
  }
  writeFileSync(file, text);
}

fill("docs/performance.md", {
  ...(values.bench && benchTables(readResult(values.bench))),
  ...(values["mul-add"] && { "mul-add": otherSteps(readResult(values["mul-add"])) }),
  ...(values.node && { node: otherSteps(readResult(values.node)) }),
  ...(values.peers && peerTables(readResult(values.peers))),
  ...(values.networks && networkTables(values.networks.map(readResult))),
});
fill("bench/README.md", values.goals ? goalTables(readResult(values.goals)) : {});
