import type { ModelName } from "../../../../src/models/index.js";
import { readRecordedCheckpoints } from "../../../../src/papers/arslan-2021/checkpoints.node.js";
import type {
  Evidence,
  SeedRuns,
  TrainedRun,
} from "../../../../src/papers/arslan-2021/claims/claim.js";
import { judgeClaims } from "../../../../src/papers/arslan-2021/claims/index.js";
import { publishedCurves } from "../../../../src/papers/arslan-2021/curves.node.js";
import { metricsOf } from "../../../report/fixtures.js";

/** The features of a planted run. */
export interface Planted {
  readonly epochs?: number;
  /** Correct images of the best epoch, which is epoch 200 or the last one. */
  readonly best?: number;
  /** How far the loss jumps from one epoch to the next. */
  readonly jump?: number;
  /** Correct images of epoch 219. */
  readonly epoch219?: number;
  /** Correct images of the last epoch. */
  readonly last?: number;
}

/** A run whose curve has the planted features and is flat otherwise. */
export function plantedRun(model: ModelName, planted: Planted = {}): TrainedRun {
  const { epochs = 300, best = 9930, jump = 0.001, epoch219, last } = planted;
  const pairs = Array.from({ length: epochs }, (_, index): [number, number] => {
    const epoch = index + 1;
    const loss = 0.03 + (epoch % 2) * jump;
    if (epoch === 219 && epoch219 !== undefined) return [loss, epoch219];
    if (epoch === Math.min(200, epochs)) return [loss, best];
    if (epoch === epochs && last !== undefined) return [loss, last];
    return [loss, best - 10];
  });
  return { model, seed: 0, metrics: metricsOf(pairs) };
}

/** Runs, the published curves and the recorded evaluations of the checkpoints. */
export function evidence(
  runs: readonly TrainedRun[],
  checkpoints = readRecordedCheckpoints().checkpoints,
): Evidence {
  return {
    runs: new Map(runs.map((run) => [run.model, run])),
    curves: publishedCurves(),
    checkpoints,
  };
}

/** Runs over seeds 0, 1, …: what is planted in each network's runs, seed by seed. */
export function plantedSeeds(
  planted: Partial<Record<ModelName, readonly Planted[]>>,
  epochs = 300,
): SeedRuns {
  const curves = Object.entries(planted).map(([model, seeds]) => {
    const runs = seeds.map((each) => plantedRun(model as ModelName, { epochs, ...each }));
    return [model as ModelName, runs.map(({ metrics }) => metrics)] as const;
  });
  const [[, first]] = curves as [(typeof curves)[number]];
  return { seeds: first.map((_, seed) => seed), epochs, curves: new Map(curves) };
}

/** The judgement of one claim. */
export function judged(id: string, given: Evidence) {
  const claim = judgeClaims(given).find((each) => each.id === id);
  if (!claim) throw new Error(`no claim ${id}`);
  return claim;
}
