import { cpus } from "node:os";
import { setTimeout as pause } from "node:timers/promises";

/** How many cores other programs keep busy, averaged over a second in which this one waits. */
export async function measureCoresTaken() {
  const before = cpus();
  await pause(1000);
  const after = cpus();
  return after.reduce((sum, { times }, core) => sum + busyShare(before[core].times, times), 0);
}

function busyShare(before, after) {
  const spent = Object.keys(after).map((kind) => [kind, after[kind] - before[kind]]);
  const total = spent.reduce((sum, [, time]) => sum + time, 0);
  return total > 0 ? 1 - (after.idle - before.idle) / total : 0;
}
