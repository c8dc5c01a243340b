// Lets processes write to one folder at the same time: one wins, the others are refused.
import { fork } from "node:child_process";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { withoutFlushing } from "../files/faults.js";
import { isRefusal, runCommand, STUCK, shown } from "./commands.js";
import { beginStage, pickStage, prepareStages, stages, undisturbed } from "./stages.js";
import { leftovers } from "./tiny-runs.js";

const contender = fileURLToPath(new URL("contender.js", import.meta.url));

/** A lock whose process ended before the machine was last started. */
const stale = "lock of a dead process.json";

/** @type {import("./worker.js").Prepare} */
export async function prepare() {
  withoutFlushing();
  await prepareStages();
  // Reports take no lock: they only read runs.
  const writing = stages.filter(({ name }) => name !== "report");
  const known = new Map();
  for (const stage of writing) {
    const { wanted } = await undisturbed(stage, () => () => 0);
    known.set(stage, wanted);
  }
  await writeStaleLock();

  return async (random) => {
    const stage = pickStage(random, writing);
    const delays = Array.from({ length: random.pick([2, 2, 3]) }, () => random.below(30));
    beginStage(stage);
    const isStale = stage.begin !== undefined && random.chance(0.5);
    if (isStale) copyFileSync(stale, "out/lock.json");
    const where = `${stage.name} by ${delays.length} processes after ${delays} ms${isStale ? ", stale lock" : ""}`;
    const answers = await contend(stage.args, delays);
    return { where, events: await outcomesOf(answers, stage, known.get(stage)) };
  };
}

/** Made by a process that takes a lock and ends. */
async function writeStaleLock() {
  const { ownProcess } = await import("../../dist/files/process-identity.node.js");
  const dead = { ...ownProcess(), boot: "before", since: new Date().toISOString(), token: "0" };
  writeFileSync(stale, JSON.stringify(dead, null, 2));
}

/** Starts a command in several processes, each so many milliseconds after all are ready. */
async function contend(args, delays) {
  const children = delays.map((delay) =>
    fork(contender, [String(delay), ...args], { silent: true }),
  );
  const answers = children.map(answerOf);
  await Promise.all(
    children.map((child) => new Promise((resolve) => child.once("message", resolve))),
  );
  for (const child of children) child.send("go");
  return Promise.all(answers);
}

function answerOf(child) {
  const answer = { stdout: "", stderr: "" };
  for (const stream of /** @type {const} */ (["stdout", "stderr"])) {
    child[stream].on("data", (text) => {
      answer[stream] += text;
    });
  }
  const watch = setTimeout(() => child.kill("SIGKILL"), STUCK);
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      clearTimeout(watch);
      resolve({ ...answer, code, signal });
    });
  });
}

async function outcomesOf(answers, stage, wanted) {
  const events = answers.flatMap((answer) => {
    if (answer.code === 0) return [];
    if (answer.signal !== null) return [{ kind: "hang", what: shown(answer) }];
    return [isRefusal(answer) ? { kind: "refused" } : { kind: "crash", what: shown(answer) }];
  });
  const winners = answers.filter(({ code }) => code === 0).length;
  if (winners !== 1) {
    return [...events, { kind: "lost", what: `${winners} won: ${answers.map(shown).join(" ")}` }];
  }
  const left = leftovers("out");
  if (left.length > 0) return [...events, { kind: "lost", what: `left over: ${left}` }];
  if (stage.content() !== wanted) return [...events, { kind: "changed", what: "other content" }];
  const again = await runCommand(stage.again());
  rmSync("out", { recursive: true });
  return [...events, again.code === 0 ? { kind: "resumed" } : { kind: "lost", what: shown(again) }];
}
