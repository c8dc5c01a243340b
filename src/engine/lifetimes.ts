import type { Step } from "./step.js";

/** Numbers of the phases in which a step's calls run. */
interface StepPhases {
  readonly forward: number;
  readonly backward: number;
}

/**
 * In which phases the memory of each step is used.
 *
 * Every batch op is a phase of its own, and ends the image phase before it. With B batch ops the phases are numbered
 * 0 .. 4B: image phases are even, batch phases odd. Backward mirrors forward; the last forward and the first backward
 * image phase are one, 2B. Memory that is used in only one image phase can be used again for the next image.
 */
export class Lifetimes {
  readonly #phases = new Map<number, StepPhases>();
  readonly #readers = new Map<number, Step[]>();
  readonly #differentiates: boolean;

  constructor(steps: readonly Step[], differentiates: boolean) {
    this.#differentiates = differentiates;
    const last = 4 * steps.filter((step) => step.scope === "batch").length;
    let batchOps = 0;
    for (const step of steps) {
      const forward = step.scope === "batch" ? 2 * batchOps++ + 1 : 2 * batchOps;
      this.#phases.set(step.output, { forward, backward: last - forward });
      for (const input of step.inputs) {
        this.#readers.set(input, [...(this.#readers.get(input) ?? []), step]);
      }
    }
  }

  /** The only phase that uses a step's value; undefined if there are more, or if it is a batch phase. */
  ofValue(step: Step): number | undefined {
    return onlyImagePhase(
      [step, ...this.#readersOf(step)].flatMap((user) => {
        const { forward, backward } = this.#phases.get(user.output)!;
        return this.#differentiates ? [forward, backward] : [forward];
      }),
    );
  }

  /** The same for the gradient with respect to a step's value. */
  ofGradient(step: Step): number | undefined {
    return onlyImagePhase(
      [step, ...this.#readersOf(step)].map((user) => this.#phases.get(user.output)!.backward),
    );
  }

  /** The same for what a step saves for its backward calls. */
  ofSaved(step: Step): number | undefined {
    const { forward, backward } = this.#phases.get(step.output)!;
    return onlyImagePhase(this.#differentiates ? [forward, backward] : [forward]);
  }

  /** The phase of a step's backward calls. */
  backwardPhase(step: Step): number {
    return this.#phases.get(step.output)!.backward;
  }

  #readersOf(step: Step): readonly Step[] {
    return this.#readers.get(step.output) ?? [];
  }
}

function onlyImagePhase(phases: readonly number[]): number | undefined {
  const [first, ...rest] = phases;
  const isOne = first !== undefined && first % 2 === 0 && rest.every((phase) => phase === first);
  return isOne ? first : undefined;
}
