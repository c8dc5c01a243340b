// The commands that write, from the state they begin in to the files they must end with.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isRun } from "../../dist/runs/run-folder.node.js";
import { restoreOperations, withoutFlushing } from "../files/faults.js";
import { isRefusal, runCommand, shown } from "./commands.js";
import { contentOf, copyFolder, leftovers, orphan, recordTiny } from "./tiny-runs.js";

const digits = ["--data", "digits", "--threads", "1"];
const models = ["--models", "cnn"];

/**
 * A command that writes into `out`.
 *
 * @typedef {object} Stage
 * @property {string} name
 * @property {number} often how often it is chosen: those of reproduce take the most time
 * @property {string} [begin] the folder that `out` is a copy of
 * @property {readonly string[]} args
 * @property {() => readonly string[]} again what a user types after an interruption
 * @property {() => string} content what must be there at the end
 */

/** @type {readonly Stage[]} */
export const stages = [
  {
    name: "train",
    often: 3,
    args: ["train", "cnn", ...digits, "--epochs", "2", "--out", "out"],
    again: () => (isRun("out") ? resumeTrain("2") : stages[0].args),
    content: () => contentOf("out"),
  },
  {
    name: "resume",
    often: 3,
    begin: "half",
    args: resumeTrain("3"),
    again: () => resumeTrain("3"),
    content: () => contentOf("out"),
  },
  {
    name: "reproduce",
    often: 1,
    args: ["reproduce", ...models, ...digits, "--epochs", "2", "--out", "out"],
    again: () => (existsSync("out/reproduce.json") ? resumeReproduce : stages[2].args),
    content: reproduced,
  },
  {
    name: "resume of reproduce",
    often: 1,
    begin: "half of reproduce",
    args: ["reproduce", "--resume", "out", "--epochs", "2", "--threads", "1"],
    again: () => [...resumeReproduce, "--epochs", "2"],
    content: reproduced,
  },
  {
    name: "report",
    often: 2,
    begin: "whole",
    args: ["report", "out"],
    again: () => ["report", "out"],
    content: () => contentOf("out") + pageOf("out"),
  },
];

function resumeTrain(epochs) {
  return ["train", "--resume", "out", "--epochs", epochs, "--threads", "1"];
}
const resumeReproduce = ["reproduce", "--resume", "out", "--threads", "1"];

function reproduced() {
  // The report has times.
  if (!pageOf("out").trimEnd().endsWith("</html>")) throw new Error("out/report.html is cut off");
  return contentOf(join("out", "cnn")) + readFileSync("out/reproduce.json", "utf8");
}

function pageOf(directory) {
  return readFileSync(join(directory, "report.html"), "utf8");
}

/** Makes the folders that stages begin with, in the current folder. */
export async function prepareStages() {
  await recordTiny("half", { epochs: 2 });
  await recordTiny("whole", { epochs: 3 });
  const args = ["reproduce", ...models, ...digits, "--epochs", "1", "--out", "half of reproduce"];
  await expectDone(args);
}

/**
 * The content that a stage ends with where nothing disturbs it, and how many operations it has.
 *
 * @param {Stage} stage
 * @param {() => () => number} count begins to count
 */
export async function undisturbed(stage, count) {
  beginStage(stage);
  const operations = count();
  await expectDone(stage.args);
  restoreOperations();
  withoutFlushing();
  return { wanted: stage.content(), operations: operations() };
}

/**
 * One of some stages.
 *
 * @param {import("../fuzz/random.js").Random} random
 * @param {readonly Stage[]} among
 */
export function pickStage(random, among = stages) {
  return random.pick(among.flatMap((stage) => new Array(stage.often).fill(stage)));
}

async function expectDone(args) {
  const answer = await runCommand(args);
  if (answer.code !== 0) throw new Error(`${args.join(" ")}: ${shown(answer)}`);
}

/**
 * Puts `out` into the state that a stage begins with.
 *
 * @param {Stage} stage
 */
export function beginStage({ begin }) {
  rmSync("out", { recursive: true, force: true });
  if (begin !== undefined) copyFolder(begin, "out");
}

/**
 * Ends a stage that was disturbed, as a user does.
 *
 * @param {Stage} stage
 * @param {string} wanted its content where nothing disturbs it
 * @returns {Promise<import("./tally.js").Event>}
 */
export async function endStage(stage, wanted) {
  orphan("out");
  const answer = await runCommand(stage.again());
  if (answer.code !== 0) return { kind: isRefusal(answer) ? "lost" : "crash", what: shown(answer) };
  const left = leftovers("out");
  if (left.length > 0) return { kind: "lost", what: `left over: ${left}` };
  return stage.content() === wanted
    ? { kind: "resumed" }
    : { kind: "changed", what: `${stage.again().join(" ")}: other content` };
}
