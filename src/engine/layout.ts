import { InputError } from "../errors.js";
import { PhaseKind, SHARDS, THREAD_HEADER } from "./control.js";
import { MEMORY_LIMIT, MemoryMap, reserveShared, type SharedMemory } from "./memory-map.js";
import type { EngineOptions, EngineSet } from "./options.js";
import {
  type ParameterPlace,
  placedSize,
  placeParameters,
  roundUp,
  trainedSize,
} from "./parameter-layout.js";
import { pixelTablesOf } from "./pixel-table.js";
import { type PlacedPlan, placePlan } from "./placed-plan.js";
import { type PlacedUpdate, placeUpdate } from "./placed-update.js";
import { compile, type Plan } from "./plan.js";
import { type UpdateRule, updateRule } from "./update-rule.js";
import { LONGEST_CALL } from "./words.js";

/** Sizes and addresses of a set. */
export interface PlacedSet {
  readonly count: number;
  readonly imageBytes: number;
  readonly images: number;
  readonly labels: number;
  readonly order: number;
}

/** The compiled plans, and addresses and sizes of everything in an engine's memory, in bytes. */
export interface Layout {
  readonly places: readonly ParameterPlace[];
  readonly shared: SharedMemory;
  /** Undefined where no plan updates. */
  readonly update: PlacedUpdate | undefined;
  readonly plans: ReadonlyMap<string, PlacedPlan>;
  readonly sets: ReadonlyMap<string, PlacedSet>;
  readonly threadMemory: number;
  readonly threadBytes: number;
  readonly slotMemory: number;
  readonly slotBytes: number;
  readonly batchMemory: number;
  readonly shardGradients: number;
  readonly shardBytes: number;
  readonly stepLosses: number;
  readonly imageLosses: number;
  readonly predictions: number;
  readonly measured: number;
  /** End address of all of it. */
  readonly end: number;
}

/**
 * Lays out an engine's memory.
 *
 * @param start address of the first byte, where the control words begin
 * @param inPlace whether images and labels lie in this memory already
 */
export function layOut(
  options: EngineOptions<string, string>,
  threads: number,
  start: number,
  inPlace: boolean,
): Layout {
  const { batchSize, plans, sets } = options;
  const most = Math.max(0, ...Object.values(sets).map(({ count }) => count));
  const mostSteps = Math.ceil(most / batchSize);
  const places = placeParameters(Object.values(plans)[0]!.graph);
  const map = new MemoryMap(start);
  const shared = reserveShared(
    map,
    placedSize(places) * 4,
    trainedSize(places) * 4,
    batchSize,
    pixelTablesOf(options),
  );
  const rule = updateRule("engine", options.update ?? {});
  const updates = Object.values(plans).some((plan) => plan.update);
  const update = updates
    ? placeUpdate(map, places, rule, placedSize(places) * 4, mostSteps)
    : undefined;
  const placedPlans = new Map<string, PlacedPlan>();
  for (const [name, plan] of Object.entries(plans)) {
    const parameters = plan.averaged ? update!.averages : shared.parameters;
    const compiled = compile(plan.graph, batchSize, places, parameters, plan, updatePhases(rule));
    placedPlans.set(name, placePlan(map, compiled));
  }
  const compiled = [...placedPlans.values()].map(({ plan }) => plan);
  const threadBytes = roundUp(THREAD_HEADER + largest(compiled, "threadBytes"), 128);
  const threadMemory = map.reserve(threads * threadBytes);
  const slotBytes = roundUp(largest(compiled, "slotBytes"), 64);
  const slotMemory = map.reserve(batchSize * slotBytes);
  const batchMemory = map.reserve(largest(compiled, "batchBytes"));
  const shardBytes = roundUp(largest(compiled, "shardBytes"), 64);
  const shardGradients = map.reserve(SHARDS * shardBytes);
  const placedSets = new Map(
    Object.entries(sets).map(([name, set]) => [name, placeSet(map, set, inPlace)]),
  );
  const layout = {
    ...{ places, shared, update, plans: placedPlans, sets: placedSets },
    ...{ threadMemory, threadBytes, slotMemory, slotBytes, batchMemory },
    ...{ shardGradients, shardBytes },
    stepLosses: map.reserve(mostSteps * 8),
    imageLosses: map.reserve(most * 4),
    predictions: map.reserve(most * 2),
    measured: map.reserve(LONGEST_CALL * 4),
  };
  if (map.end > MEMORY_LIMIT) {
    throw new InputError("engine", "images and memory of at most 4 GiB", `${map.end} bytes`);
  }
  return { ...layout, end: map.end };
}

/** A norm is that of all gradients, so all of them are summed before the first parameter changes. */
function updatePhases({ clip }: UpdateRule): readonly PhaseKind[] {
  return clip && "norm" in clip ? [PhaseKind.Measure, PhaseKind.Apply] : [PhaseKind.Update];
}

function largest(
  plans: readonly Plan[],
  field: "threadBytes" | "slotBytes" | "batchBytes" | "shardBytes",
): number {
  return Math.max(...plans.map((plan) => plan[field]));
}

function placeSet(
  map: MemoryMap,
  { count, images, labels }: EngineSet,
  inPlace: boolean,
): PlacedSet {
  return {
    count,
    imageBytes: images.length / count,
    images: inPlace ? images.byteOffset : map.reserve(images.length),
    labels: inPlace ? labels.byteOffset : map.reserve(labels.length),
    order: map.reserve(count * 4),
  };
}
