import { SHARDS } from "../engine/control.js";

/**
 * How threads are shared among the runs that are left, first run first: as many runs train at once as
 * there are threads, each alone on its own, as nothing waits for another thread then. Runs past the
 * end of the result wait. Where fewer runs are left than threads, they get the rest evenly; a run
 * never takes more than `SHARDS`.
 *
 * When one ends, those after it move up. The share of none becomes smaller by that, so a run only
 * ever continues with more threads.
 *
 * @param runs that are not done
 * @param threads 1 or more
 */
export function shareThreads(runs: number, threads: number): number[] {
  const atOnce = Math.min(runs, threads);
  const [each, over] = [Math.floor(threads / atOnce), threads % atOnce];
  return Array.from({ length: atOnce }, (_, run) => Math.min(each + (run < over ? 1 : 0), SHARDS));
}
