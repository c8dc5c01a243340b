// Damages a run folder, then reads it: it is refused, or read as what it was.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { withoutFlushing } from "../files/faults.js";
import { isRefusal, runCommand, shown, warnings } from "./commands.js";
import { damage } from "./damage.js";
import { fingerprint, makeOutside } from "./outside.js";
import { contentOf, copyFolder, recordTiny } from "./tiny-runs.js";

/** What reads a run, from that which changes nothing to that which writes. */
const readers = [
  {
    name: "evaluate",
    args: ["evaluate", "run", "--json", "--threads", "1"],
    result: ({ stdout }) => stdout,
  },
  {
    name: "audit",
    args: ["audit", "run", "--json", "--threads", "1", "--only", "finite,collapse,noise"],
    result: ({ stdout }) => stdout,
  },
  {
    name: "report",
    args: ["report", "run"],
    result: ({ stdout }) => stdout + readFileSync("run/report.html", "utf8"),
  },
  {
    name: "audit --save",
    args: ["audit", "run", "--save", "--threads", "1", "--only", "finite,noise"],
    result: () => readFileSync("run/audit.json", "utf8"),
  },
  {
    name: "resume",
    args: ["train", "--resume", "run", "--epochs", "3", "--threads", "1"],
    result: () => contentOf("run"),
  },
];

/** @type {import("./worker.js").Prepare} */
export async function prepare() {
  withoutFlushing();
  await recordTiny("whole", { seed: 0 });
  await recordTiny("other", { seed: 1 });
  for (const run of ["whole", "other"]) {
    const only = ["--images", "5", "--only", "finite,noise,collapse"];
    await runCommand(["audit", run, "--save", "--threads", "1", ...only]);
    await runCommand(["report", run]);
  }
  makeOutside();
  const truth = await readAll();

  return async (random) => {
    rmSync("run", { recursive: true, force: true });
    copyFolder("whole", "run");
    const { where, isForged } = damage(random);
    const before = fingerprint();
    const found = await readAll();
    const events = found.map((each, index) => outcomeOf(each, truth[index], isForged));
    const after = fingerprint();
    if (after !== before) events.push({ kind: "foreign", what: `${before} became ${after}` });
    return { where, events };
  };
}

/** What each reader answers about `run`. */
async function readAll() {
  const answers = [];
  if (!readdirSync(".").includes("run")) copyFolder("whole", "run");
  for (const { name, args, result } of readers) {
    const answer = await runCommand(args);
    answers.push({ name, answer, result: answer.code === 0 ? result(answer) : "" });
  }
  return answers;
}

/** A forged folder, whose checksums were made to fit, may be read as what it says. */
function outcomeOf({ name, answer, result }, truth, isForged) {
  if (isRefusal(answer)) return { kind: "refused" };
  if (answer.code !== 0) return { kind: "crash", what: `${name}: ${shown(answer)}` };
  if (isForged || result === truth.result) return { kind: "same" };
  const told = warnings(answer).length > warnings(truth.answer).length;
  if (told) return { kind: "refused" };
  return { kind: "changed", what: `${name}: ${shown(answer)}` };
}
