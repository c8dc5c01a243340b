// What the comparisons of Chromium with Node share: options, turns and figures.
import { parseArgs } from "node:util";
import { models as catalogue } from "../dist/index.js";
import { counted } from "../dist/numbers.js";
import { median } from "../dist/stats/quantiles.js";
import { listOf, wholeNumber } from "./arguments.js";

/**
 * The options of a comparison: `--models`, `--rounds`, `--browser`, `--json`, and its own.
 *
 * @param {string} where the program, for messages
 * @param {Readonly<Record<string, string>>} defaults of `rounds` and of its own options
 */
export function readOptions(where, defaults) {
  const own = Object.entries(defaults).map(([name, value]) => [
    name,
    { type: "string", default: value },
  ]);
  const { values } = parseArgs({
    options: {
      models: { type: "string", default: "cnn,stn,mha" },
      browser: { type: "string", default: "/usr/bin/chromium" },
      json: { type: "boolean", default: false },
      ...Object.fromEntries(own),
    },
  });
  const models = listOf(where, "--models", values.models, Object.keys(catalogue));
  return { values, models, rounds: wholeNumber(where, "--rounds", values.rounds) };
}

/**
 * Speeds of both, measured in turns, so that other programs slow down both alike: median and best round of each, and the
 * median of the rounds' ratios.
 *
 * @param {number} rounds
 * @param {() => Promise<number>} inChromium images per second
 * @param {() => Promise<number>} inNode
 */
export async function inTurns(rounds, inChromium, inNode) {
  const pairs = [];
  for (let round = 0; round < rounds; round++) {
    pairs.push({ chromium: await inChromium(), node: await inNode() });
  }
  const figuresOf = (speeds) => ({ median: median(speeds), best: Math.max(...speeds) });
  return {
    chromium: figuresOf(pairs.map(({ chromium }) => chromium)),
    node: figuresOf(pairs.map(({ node }) => node)),
    ratio: median(pairs.map(({ chromium, node }) => chromium / node)),
  };
}

/** A line for people: `cnn, 2 threads: Chromium 1051 (best 1060), Node … images/s, ratio 1.02`. */
export function lineOf({ model, threads, chromium, node, ratio }) {
  const name = threads === undefined ? model : `${model}, ${counted(threads, "thread")}`;
  const speed = ({ median: middle, best }) => `${Math.round(middle)} (best ${Math.round(best)})`;
  return `${name}: Chromium ${speed(chromium)}, Node ${speed(node)} images/s, ratio ${ratio.toFixed(2)}`;
}

/**
 * Measures each task and prints its line, or all figures as JSON at the end.
 *
 * @template {{ model: string, threads?: number }} Task
 * @param {readonly Task[]} tasks
 * @param {(task: Task) => ReturnType<typeof inTurns>} measure
 * @param {boolean} asJson
 */
export async function printAll(tasks, measure, asJson) {
  const figures = [];
  for (const task of tasks) {
    const figure = { ...task, ...(await measure(task)) };
    figures.push(figure);
    if (!asJson) console.log(lineOf(figure));
  }
  if (asJson) console.log(JSON.stringify(figures, null, 2));
}
