import type { Step } from "./step.js";

/** The phases in which a step's forward or backward calls run: the first and the last one. */
interface Span {
  readonly first: number;
  readonly last: number;
}

/**
 * In which phases the memory of each step is used.
 *
 * Phases over images are even, those over the batch odd. A batch op has a phase over the batch of its own. An op whose
 * images meet (`KernelContext.together`) has one for each meeting, and runs in the phases over images around it.
 * Backward mirrors forward; the last phase of forward and the first one of backward are the same. Memory that is used in
 * only one phase over images can be used again for the next image.
 */
export class Lifetimes {
  readonly #forward = new Map<number, Span>();
  readonly #backward = new Map<number, Span>();
  readonly #readers = new Map<number, Step[]>();

  /** @param backward the steps that have backward calls, in the order of those */
  constructor(forward: readonly Step[], backward: readonly Step[]) {
    let phase = 0;
    for (const step of forward) phase = place(step, phase, this.#forward);
    for (const step of backward) phase = place(step, phase, this.#backward);
    for (const step of forward) {
      for (const input of step.inputs) {
        this.#readers.set(input, [...(this.#readers.get(input) ?? []), step]);
      }
    }
  }

  /** The only phase that uses a step's value; undefined if there are more, or if it is over the batch. */
  ofValue(step: Step): number | undefined {
    const readers = this.#readersOf(step);
    return onlyImagePhase([
      this.#forward.get(step.output)!.last,
      ...phasesOf(readers, this.#forward),
      ...phasesOf([step, ...readers], this.#backward),
    ]);
  }

  /** The same for the gradient with respect to a step's value. */
  ofGradient(step: Step): number | undefined {
    const readers = this.#readersOf(step).flatMap(({ output }) => this.#backward.get(output) ?? []);
    return onlyImagePhase([
      ...readers.map(({ last }) => last),
      ...phasesOf([step], this.#backward),
    ]);
  }

  /** The same for what a step saves for its backward calls. */
  ofSaved(step: Step): number | undefined {
    return onlyImagePhase([
      ...phasesOf([step], this.#forward),
      ...phasesOf([step], this.#backward),
    ]);
  }

  #readersOf(step: Step): readonly Step[] {
    return this.#readers.get(step.output) ?? [];
  }
}

/** Notes the phases of a step that begins in this phase over images. @returns the phase that follows it */
function place(step: Step, phase: number, spans: Map<number, Span>): number {
  const next = phase + 2 * (step.scope === "batch" ? 1 : step.meetings);
  const span =
    step.scope === "batch" ? { first: phase + 1, last: phase + 1 } : { first: phase, last: next };
  spans.set(step.output, span);
  return next;
}

function phasesOf(steps: readonly Step[], spans: ReadonlyMap<number, Span>): number[] {
  return steps.flatMap(({ output }) => {
    const span = spans.get(output);
    return span === undefined ? [] : [span.first, span.last];
  });
}

function onlyImagePhase(phases: readonly number[]): number | undefined {
  const [first, ...rest] = phases;
  const isOne = first !== undefined && first % 2 === 0 && rest.every((phase) => phase === first);
  return isOne ? first : undefined;
}
