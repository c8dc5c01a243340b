import type { Dataset } from "../data/dataset.js";
import type { Model } from "../graph/model.js";
import { isRun, readRun } from "../runs/run-folder.node.js";
import { mean } from "../stats/deviation.js";
import type { Speed } from "../study/estimate.js";
import type { PlannedRun, Variant } from "../study/expand.js";
import { studyRunFolder } from "../study/study-folder.node.js";
import { Session } from "../train/session.js";

/** Part of an epoch's time that is training; the rest is validation. */
const trainingPart = 0.95;
/** Seconds of measured steps, at the least, and steps before them. */
const measured = { seconds: 0.3, warmUp: 2 };

export interface SpeedOptions {
  readonly directory: string;
  readonly runs: readonly PlannedRun[];
  /** Those whose variants are asked for. */
  readonly left: readonly PlannedRun[];
  readonly networks: ReadonlyMap<string, Model>;
  readonly data: Dataset;
}

/** How fast variants train: by a run of theirs that has epochs, else by a few steps. */
export async function studySpeeds(options: SpeedOptions): Promise<Map<string, Speed>> {
  const variants = new Map(options.left.map(({ variant }) => [variant.name, variant]));
  const speeds = new Map<string, Speed>();
  for (const [name, variant] of variants) {
    const known = recordedSeconds(options, name);
    speeds.set(
      name,
      known === undefined
        ? { epoch: await measuredSeconds(options, variant), source: "a measurement" }
        : { epoch: known, source: "runs that are done" },
    );
  }
  return speeds;
}

function recordedSeconds({ directory, runs }: SpeedOptions, name: string): number | undefined {
  for (const { key, variant } of runs) {
    const folder = studyRunFolder(directory, key);
    if (variant.name !== name || !isRun(folder)) continue;
    const { metrics } = readRun(folder);
    if (metrics.length > 0) return mean(metrics.map(({ seconds }) => seconds));
  }
  return undefined;
}

async function measuredSeconds(
  { networks, data }: SpeedOptions,
  { name, recipe }: Variant,
): Promise<number> {
  const { validation: _, patience: __, schedule: ___, ...rest } = recipe;
  const session = await Session.create({ ...rest, model: networks.get(name)!, data, threads: 1 });
  try {
    for (let step = 0; step < measured.warmUp; step++) await session.step();
    const began = performance.now();
    let steps = 0;
    while (performance.now() - began < 1000 * measured.seconds) {
      await session.step();
      steps++;
    }
    const perStep = (performance.now() - began) / 1000 / steps;
    return (perStep * session.stepsPerEpoch) / trainingPart;
  } finally {
    session.close();
  }
}
