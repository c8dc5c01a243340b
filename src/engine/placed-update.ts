import { Scalar, SegmentField, UPDATE_TASKS, UpdateField, UpdateKernel } from "./control.js";
import type { MemoryMap } from "./memory-map.js";
import type { ParameterPlace } from "./parameter-layout.js";
import { type Segments, segmentsOf } from "./segments.js";
import { type StepValues, writeScalars } from "./step-scalars.js";
import { isPlainDescent, stateNames, type UpdateRule } from "./update-rule.js";
import { floatBits } from "./words.js";

/** How steps change the parameters, and the addresses of what that takes; 0 for what there is none of. */
export interface PlacedUpdate extends Segments {
  readonly rule: UpdateRule;
  readonly fields: number;
  readonly ranges: number;
  /** Of the kernel's three arrays. */
  readonly states: readonly [number, number, number];
  readonly averages: number;
  readonly scalars: number;
  readonly squares: number;
}

/** Reserves memory for an update. @param mostSteps of a set */
export function placeUpdate(
  map: MemoryMap,
  places: readonly ParameterPlace[],
  rule: UpdateRule,
  parameterBytes: number,
  mostSteps: number,
): PlacedUpdate {
  const found = segmentsOf("engine", places, rule);
  const names = stateNames(rule.optimizer);
  const array = (isKept: boolean) => (isKept ? map.reserve(parameterBytes + OVERHANG) : 0);
  return {
    ...found,
    rule,
    fields: map.reserve(UpdateField.Words * 4),
    ranges: map.reserve(found.segments.length * SegmentField.Words * 4),
    states: [
      array(names[0] !== undefined),
      array(names[1] !== undefined),
      array(names[2] !== undefined),
    ],
    averages: array(rule.ema !== undefined),
    scalars: map.reserve(mostSteps * found.groups.length * Scalar.Words * 4),
    squares: map.reserve(UPDATE_TASKS * 8),
  };
}

/** Plans read the averages as they read parameters, and biases as whole vectors: a little past the last one. */
const OVERHANG = 64;

/** Writes an update's fields and segments to the memory reserved for them. */
export function writeUpdate(memory: WebAssembly.Memory, update: PlacedUpdate): void {
  const words = new Int32Array(memory.buffer);
  const { rule, segments, states } = update;
  const { clip } = rule;
  const fields = words.subarray(update.fields / 4, update.fields / 4 + UpdateField.Words);
  fields[UpdateField.Kernel] = kernelOf(rule);
  fields[UpdateField.Segments] = update.ranges;
  fields[UpdateField.SegmentCount] = segments.length;
  fields[UpdateField.Groups] = update.groups.length;
  fields[UpdateField.FirstState] = states[0];
  fields[UpdateField.SecondState] = states[1];
  fields[UpdateField.ThirdState] = states[2];
  fields[UpdateField.Averages] = update.averages;
  fields[UpdateField.LargestNorm] = floatBits(clip && "norm" in clip ? clip.norm : 0);
  fields[UpdateField.LargestValue] = floatBits(clip && "value" in clip ? clip.value : 0);
  fields[UpdateField.Squares] = update.squares;
  segments.forEach(({ from, to, group }, index) => {
    const at = update.ranges / 4 + index * SegmentField.Words;
    words[at + SegmentField.From] = from * 4;
    words[at + SegmentField.To] = to * 4;
    words[at + SegmentField.Group] = group;
  });
}

function kernelOf(rule: UpdateRule): UpdateKernel {
  if (isPlainDescent(rule)) return UpdateKernel.Descent;
  switch (rule.optimizer.kind) {
    case "sgd":
      return UpdateKernel.Sgd;
    case "adam":
    case "adamw":
      return UpdateKernel.Adam;
    case "rmsprop":
      return UpdateKernel.RmsProp;
  }
}

/** Writes the scalars of one step, for every group. @param index of the step in its set */
export function writeStep(
  memory: WebAssembly.Memory,
  { rule, groups, scalars }: PlacedUpdate,
  index: number,
  step: StepValues,
): void {
  const bytes = Scalar.Words * 4;
  groups.forEach((group, at) => {
    const address = scalars + (index * groups.length + at) * bytes;
    writeScalars(new Float32Array(memory.buffer, address, Scalar.Words), rule, group, step);
  });
}
