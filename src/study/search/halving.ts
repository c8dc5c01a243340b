import { type Configuration, ranked, type Scores } from "./scores.js";
import type { Standing } from "./standing.js";

/** Epochs after which configurations are judged, and how many of them are trained on. */
export interface Rung {
  readonly epochs: number;
  readonly keeps: number;
}

export interface HalvingOptions {
  readonly factor: number;
  readonly firstEpochs: number;
  /** Of a configuration that is never stopped. */
  readonly epochs: number;
  /** Never fewer are kept. Default: 1. */
  readonly finalists?: number;
}

/**
 * The rungs of successive halving (Jamieson and Talwalkar, AISTATS 2016): after `firstEpochs · factorᵏ` epochs, below
 * `epochs`, one of `factor` configurations is kept, rounded down.
 */
export function halvingRungs(
  { factor, firstEpochs, epochs, finalists = 1 }: HalvingOptions,
  configurations: number,
): Rung[] {
  const rungs: Rung[] = [];
  let kept = configurations;
  for (let at = firstEpochs; at < epochs; at *= factor) {
    kept = Math.min(kept, Math.max(finalists, Math.floor(kept / factor)));
    rungs.push({ epochs: at, keeps: kept });
  }
  return rungs;
}

/**
 * Synchronous successive halving. A rung is judged when all its runs have come to it or failed, so that what is kept
 * does not depend on which came first. The asynchronous form (ASHA) judges each run against those that are there already:
 * other machines, or another start after a kill, would prune other runs.
 */
export function halve(
  configurations: readonly Configuration[],
  scores: Scores,
  rungs: readonly Rung[],
  epochs: number,
): Map<string, Standing> {
  const standings = new Map<string, Standing>();
  let left = configurations;
  for (const rung of rungs) {
    const reached = left.map((configuration) => scores.at(configuration, rung.epochs));
    const missing = reached.flatMap((each) =>
      typeof each === "object" && "missing" in each ? each.missing : [],
    );
    if (missing.length > 0) {
      left.forEach(({ name }, at) => {
        const each = reached[at]!;
        const isHere = each === "failed" || "correct" in each;
        standings.set(
          name,
          isHere ? { kind: "wait", for: missing } : { kind: "train", until: rung.epochs },
        );
      });
      return standings;
    }
    const kept = new Set(ranked(left, reached).slice(0, rung.keeps));
    for (const each of left) {
      if (!kept.has(each)) standings.set(each.name, { kind: "prune", epochs: rung.epochs });
    }
    left = left.filter((each) => kept.has(each));
  }
  for (const { name } of left) standings.set(name, { kind: "train", until: epochs });
  return standings;
}
