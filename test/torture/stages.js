// The commands that write, from the state they begin in to the files they must end with.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isRun } from "../../dist/runs/run-folder.node.js";
import { isRefusal, runCommand, shown } from "./commands.js";
import { contentOf, copyFolder, leftovers, orphan, recordTiny } from "./tiny-runs.js";

const digits = ["--data", "digits", "--threads", "1"];
const models = ["--models", "cnn"];

/**
 * A command that writes into `out`.
 *
 * @typedef {object} Stage
 * @property {string} name
 * @property {string} [begin] the folder that `out` is a copy of
 * @property {readonly string[]} args
 * @property {() => readonly string[]} again what a user types after an interruption
 * @property {() => string} content what must be there at the end
 */

/** @type {readonly Stage[]} */
export const stages = [
  {
    name: "train",
    args: ["train", "cnn", ...digits, "--epochs", "2", "--out", "out"],
    again: () => (isRun("out") ? resumeTrain("2") : stages[0].args),
    content: () => contentOf("out"),
  },
  {
    name: "resume",
    begin: "half",
    args: resumeTrain("3"),
    again: () => resumeTrain("3"),
    content: () => contentOf("out"),
  },
  {
    name: "reproduce",
    args: ["reproduce", ...models, ...digits, "--epochs", "2", "--out", "out"],
    again: () => (existsSync("out/reproduce.json") ? resumeReproduce : stages[2].args),
    content: reproduced,
  },
  {
    name: "resume of reproduce",
    begin: "half of reproduce",
    args: ["reproduce", "--resume", "out", "--epochs", "2", "--threads", "1"],
    again: () => [...resumeReproduce, "--epochs", "2"],
    content: reproduced,
  },
  {
    name: "report",
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
 * The content that a stage ends with where nothing disturbs it.
 *
 * @param {Stage} stage
 */
export async function undisturbed(stage) {
  beginStage(stage);
  await expectDone(stage.args);
  return stage.content();
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
