// Damages a run folder, then reads it: it is refused, or read as what it was.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { withoutFlushing } from "../files/faults.js";
import { isRefusal, runCommand, shown, warnings } from "./commands.js";
import { damage } from "./damage.js";
import { fingerprint, makeOutside } from "./outside.js";
import { contentOf, copyFolder, recordTiny } from "./tiny-runs.js";

/** Files that are made from the others. */
const derived = ["views.json", "audit.json"];

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
  const truths = new Map();
  const truthOf = async (missing) => {
    const key = missing.join();
    if (!truths.has(key)) {
      restore();
      for (const file of missing) rmSync(join("run", file));
      truths.set(key, await read(readers));
    }
    return truths.get(key);
  };
  for (const missing of [[], ["views.json"], ["audit.json"], derived]) await truthOf(missing);

  return async (random) => {
    restore();
    const { where, isOther } = damage(random);
    const before = fingerprint();
    // A run may be without them.
    const truth = await truthOf(derived.filter((file) => !existsSync(join("run", file))));
    const chosen = random.chance(0.1) ? readers : [random.pick(readers)];
    const events = (await read(chosen)).map((found) =>
      isOther ? settled(found) : outcomeOf(found, truth),
    );
    const after = fingerprint();
    if (after !== before) events.push({ kind: "foreign", what: `${before} became ${after}` });
    return { where: `${where}, read by ${chosen.map(({ name }) => name)}`, events };
  };
}

function restore() {
  rmSync("run", { recursive: true, force: true });
  copyFolder("whole", "run");
}

/** What readers answer about `run`, one after the other. */
async function read(chosen) {
  const answers = [];
  for (const { name, args, result } of chosen) {
    const answer = await runCommand(args);
    answers.push({ name, answer, result: answer.code === 0 ? result(answer) : "" });
  }
  return answers;
}

/** Read or refused. */
function settled({ name, answer }) {
  if (isRefusal(answer)) return { kind: "refused" };
  return answer.code === 0
    ? { kind: "same" }
    : { kind: "crash", what: `${name}: ${shown(answer)}` };
}

/** Refused, in a warning at least, or read as what it was. */
function outcomeOf(found, truth) {
  const { name, answer, result } = found;
  const wanted = truth.find((each) => each.name === name);
  const event = settled(found);
  if (event.kind !== "same" || result === wanted.result) return event;
  if (warnings(answer).length > warnings(wanted.answer).length) return { kind: "refused" };
  return { kind: "changed", what: `${name}: ${shown(answer)}` };
}
