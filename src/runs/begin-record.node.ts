import { InputError } from "../errors.js";
import type { EngineInfo } from "../train/train-options.js";
import { describeMachine, describeVersions } from "./machine.node.js";
import { engineOf, newRecord, withEpochs } from "./new-record.js";
import type { RunRecord } from "./record-codec.js";
import type { Recording } from "./recording.js";
import { withNewPart } from "./training-parts.js";

/**
 * The record of a run that begins now, or is resumed.
 *
 * @param previous of a run that is resumed
 * @throws InputError where its engine rounded differently
 */
export function beginRecord(
  options: Recording,
  engine: EngineInfo,
  previous: RunRecord | undefined,
  epochsDone: number,
): RunRecord {
  if (!previous) {
    const platform = { versions: describeVersions(), machine: describeMachine() };
    return newRecord(options, engine, platform);
  }
  checkEngine(options.directory, previous, engine);
  const { threads } = engine;
  const parts = withNewPart(previous, { firstEpoch: epochsDone + 1, threads });
  // What was scored with fewer epochs may not be the best any more.
  const { test: _test, ...record } = withEpochs(previous, options.epochs);
  return { ...record, threads, ...(parts && { parts }), state: "running" };
}

/** A run keeps one build and revision of the engine, because another one rounds differently. */
function checkEngine(directory: string, { spec }: RunRecord, engine: EngineInfo): void {
  const own = engineOf(engine);
  for (const key of ["build", "shards", "revision"] as const) {
    if (own[key] === spec.engine[key]) continue;
    const expected = `engine ${key} ${spec.engine[key]} to resume this run`;
    throw new InputError(directory, expected, `${own[key]} here`);
  }
}
