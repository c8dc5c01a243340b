import { PhaseField } from "./control.js";
import { type MemoryMap, phaseTableBytes } from "./memory-map.js";
import type { Plan } from "./plan.js";
import { wordsOf } from "./words.js";

/** A plan, and the addresses of its words. */
export interface PlacedPlan {
  readonly plan: Plan;
  readonly prologue: number;
  readonly phases: number;
  /** Address of each phase's words. */
  readonly code: readonly number[];
}

/** Reserves memory for a plan's words. */
export function placePlan(map: MemoryMap, plan: Plan): PlacedPlan {
  return {
    plan,
    prologue: map.reserve(wordsOf(plan.prologue).length * 4),
    phases: map.reserve(phaseTableBytes(plan.phases.length)),
    code: plan.phases.map(({ calls }) => map.reserve(wordsOf(calls).length * 4)),
  };
}

/** Writes a plan's words and its phase table to the memory reserved for them. */
export function writePlan(memory: WebAssembly.Memory, placed: PlacedPlan): void {
  const words = new Int32Array(memory.buffer);
  words.set(wordsOf(placed.plan.prologue), placed.prologue / 4);
  placed.plan.phases.forEach((phase, index) => {
    const code = placed.code[index]!;
    words.set(wordsOf(phase.calls), code / 4);
    const at = placed.phases / 4 + index * PhaseField.Words;
    words[at + PhaseField.Kind] = phase.kind;
    words[at + PhaseField.Code] = code;
    words[at + PhaseField.Tasks] = phase.tasks;
    words[at + PhaseField.ClearsGradients] = Number(phase.clearsGradients);
  });
}
