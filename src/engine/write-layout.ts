import { coreCount } from "#engine-platform";
import { Control } from "./control.js";
import type { Layout, PlacedSet } from "./layout.js";
import type { EngineOptions, EngineSet } from "./options.js";
import { trainedSize } from "./parameter-layout.js";
import { pixelTablesOf, writePixelTables } from "./pixel-table.js";
import { writePlan } from "./placed-plan.js";
import { writeUpdate } from "./placed-update.js";

/**
 * How often a waiting thread looks at a word before it sleeps. If each thread has a core, it looks for about 0.2 ms, as
 * waking a thread takes 50 µs and more; if not, it looks less often, as it keeps another thread from running.
 */
const LONG_SPIN = 200_000;
const SHORT_SPIN = 4000;

/**
 * Writes what stays the same as long as an engine lives: control words, plans, the update, the table of normalised
 * bytes, sets.
 *
 * @param control the engine's control words
 * @param inPlace whether images and labels lie in this memory already
 */
export function writeLayout(
  memory: WebAssembly.Memory,
  control: Int32Array,
  layout: Layout,
  options: EngineOptions<string, string>,
  threads: number,
  inPlace: boolean,
): void {
  const tables = pixelTablesOf(options);
  control[Control.Threads] = threads;
  control[Control.BatchSize] = options.batchSize;
  control[Control.Spins] = threads > coreCount() ? SHORT_SPIN : LONG_SPIN;
  control[Control.PixelTables] = tables;
  writeAddresses(control, layout);
  if (layout.update !== undefined) writeUpdate(memory, layout.update);
  const { pixelTable } = layout.shared;
  writePixelTables(new Float32Array(memory.buffer, pixelTable, tables * 256), options);
  for (const plan of layout.plans.values()) writePlan(memory, plan);
  for (const [name, set] of Object.entries<EngineSet>(options.sets)) {
    writeSet(memory, layout.sets.get(name)!, set, inPlace);
  }
}

/** Tells the kernels where everything lies. */
function writeAddresses(control: Int32Array, layout: Layout): void {
  const { shared, update } = layout;
  control[Control.PixelTable] = shared.pixelTable;
  control[Control.ThreadMemory] = layout.threadMemory;
  control[Control.ThreadBytes] = layout.threadBytes;
  control[Control.SlotMemory] = layout.slotMemory;
  control[Control.SlotBytes] = layout.slotBytes;
  control[Control.BatchMemory] = layout.batchMemory;
  control[Control.ShardGradients] = layout.shardGradients;
  control[Control.ShardBytes] = layout.shardBytes;
  control[Control.ParameterBytes] = trainedSize(layout.places) * 4;
  control[Control.Gradients] = shared.gradients;
  control[Control.Parameters] = shared.parameters;
  control[Control.SlotLosses] = shared.slotLosses;
  control[Control.StepLosses] = layout.stepLosses;
  control[Control.ImageLosses] = layout.imageLosses;
  control[Control.Predictions] = layout.predictions;
  if (update === undefined) return;
  control[Control.Scalars] = update.scalars;
  control[Control.Update] = update.fields;
}

/** A set's images and labels, unless they are there already, and its order: 0, 1, 2 … */
function writeSet(
  memory: WebAssembly.Memory,
  place: PlacedSet,
  set: EngineSet,
  inPlace: boolean,
): void {
  if (!inPlace) {
    const bytes = new Uint8Array(memory.buffer);
    bytes.set(set.images, place.images);
    bytes.set(set.labels, place.labels);
  }
  const order = new Uint32Array(memory.buffer, place.order, place.count);
  for (let i = 0; i < place.count; i++) order[i] = i;
}
