// Kills, refuses, locks and damages what the commands write and read, and counts what becomes of it.
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ScriptOptions } from "../script-options.js";
import { hasRedis } from "../study/queue/servers.js";
import { isFailure, Tally, tableOf } from "./tally.js";

/** Parts with their shares of the time, how many cases they end with, how many run at once, and how long one may take. */
const parts = {
  kills: { share: 4, most: 4000, workers: 2 },
  refusals: { share: 4, most: 4000, workers: 2 },
  writers: { share: 2, most: 200, workers: 1 },
  studies: { share: 3, most: 200, workers: 1 },
  folders: { share: 10, most: 10_000, workers: 2 },
  // A case is a study of 40 runs: on Redis, then on PostgreSQL.
  ...(hasRedis && { queue: { share: 4, most: 2, workers: 1, stuck: 600_000 } }),
  soak: { share: 2, most: 1, workers: 1 },
};
/** No case may take so long where its part says nothing else, milliseconds. */
const STUCK = 100_000;
/** Between two lines of progress, milliseconds. */
const PROGRESS = 10_000;
/** At most so many failures are printed. */
const MOST_TOLD = 30;

const usage = `npm run torture -- [--minutes 5] [--seed 0] [--only part,part] [--cases N] [--from 0]

Kills, refuses, locks and damages what the commands write and read, and counts what becomes of it.
Parts: ${Object.keys(parts).join(", ")}. They share the minutes; --cases ends each after so many cases.
A case is determined by the seed and its number: the numbers that a failure names, as --seed and --from with
--cases 1 and --only, make it again.
Exits with 1 where something was lost, changed silently, touched outside, crashed or did not end.`;
const options = new ScriptOptions("torture", usage, {
  minutes: "5",
  seed: "0",
  only: Object.keys(parts).join(","),
  cases: "",
  from: "0",
});
const minutes = options.number("minutes", 0, { whole: false });
const seed = options.number("seed", 0);
const from = options.number("from", 0);
const cases = options.has("cases") ? options.number("cases", 1) : undefined;
const chosen = options.list("only", Object.keys(parts));

const scratch = mkdtempSync(join(tmpdir(), "fovea-torture-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
process.on("SIGINT", () => process.exit(130));
const started = performance.now();
let told = 0;
const tallies = [];
for (const [index, part] of chosen.entries()) tallies.push(await runPart(part, index));
console.log(`\n${tableOf(tallies)}`);
const failed = tallies.some((tally) => tally.failed);
const seconds = Math.round((performance.now() - started) / 1000);
console.log(`\nseed ${seed}, ${seconds} s: ${failed ? "failed" : "all held"}`);
process.exit(failed ? 1 : 0);

/** Until its cases or its share of the time that is left are done. */
async function runPart(part, index) {
  const { most, workers, share } = parts[part];
  const shares = chosen.slice(index).reduce((sum, each) => sum + parts[each].share, 0);
  const left = minutes * 60_000 - (performance.now() - started);
  const until = cases === undefined ? performance.now() + (left * share) / shares : Infinity;
  const tally = new Tally(part);
  const end = from + (cases ?? most);
  const print = () => console.log(`${part}: ${tally.tried} of up to ${end - from} cases`);
  const timer = setInterval(print, PROGRESS);
  const count = Math.min(workers, end - from);
  await Promise.all(
    Array.from({ length: count }, (_, own) =>
      runWorker({ part, tally, until, end, step: count, next: from + own, own, starts: 0 }),
    ),
  );
  clearInterval(timer);
  print();
  return tally;
}

/** One process after another, each from where the one before it hung or crashed. */
async function runWorker(state) {
  // A part tries one case at least, also where those before it took its time.
  while (state.next < state.end && (performance.now() < state.until || state.tally.tried === 0)) {
    const event = await runProcess(state);
    if (event === undefined) return;
    state.tally.add([event]);
    tell(state.part, state.next, "", event);
    state.next += state.step;
  }
}

/** @returns what ended it; undefined where it did what there was to do */
function runProcess(state) {
  const { part, own, next, step } = state;
  const folder = join(scratch, `${part}-${own}-${state.starts++}`);
  const script = fileURLToPath(new URL("worker.js", import.meta.url));
  const args = [part, folder, `${seed}`, `${next}`, `${step}`];
  // Where it crashes, its stderr is printed.
  const child = fork(script, args, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const { stuck = STUCK } = parts[part];
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr = (stderr + text).slice(-3000);
  });
  return new Promise((resolve) => {
    let hung = false;
    let ready = false;
    let watch;
    const nextOrEnd = () => {
      clearTimeout(watch);
      const isDone = state.next >= state.end || performance.now() > state.until;
      if (isDone && (state.tally.tried > 0 || state.next >= state.end)) return child.send("end");
      watch = setTimeout(() => {
        hung = true;
        child.kill("SIGKILL");
      }, stuck);
      child.send("next");
    };
    child.on("message", (message) => {
      if (message === "ready") {
        ready = true;
      } else {
        state.tally.add(message.events);
        for (const event of message.events) tell(part, message.number, message.where, event);
        if (part === "soak") console.log(`soak: ${message.where}`);
        state.next += step;
      }
      nextOrEnd();
    });
    child.on("close", (code) => {
      clearTimeout(watch);
      rmSync(folder, { recursive: true, force: true });
      // The folders that its cases share could not be made; another process would fail as well.
      if (!ready) options.refuse(`${part} to begin`, stderr);
      if (hung) resolve({ kind: "hang", what: `no end in ${stuck / 1000} s` });
      else
        resolve(code === 0 ? undefined : { kind: "crash", what: stderr.trim() || `code ${code}` });
    });
  });
}

function tell(part, number, where, event) {
  if (!isFailure(event) || told++ >= MOST_TOLD) return;
  const again = `npm run torture -- --only ${part} --seed ${seed} --from ${number} --cases 1`;
  console.log(
    `${part} ${number} of seed ${seed}: ${event.kind}: ${where}: ${event.what}\n  ${again}`,
  );
}
