import type { Command } from "./options.js";
import { type PlacedUpdate, writeStep } from "./placed-update.js";
import { isPlainDescent } from "./update-rule.js";

/**
 * Writes what changes from step to step, such as learning rates, to a table in the engine's memory, before a command
 * runs. So one command can run many steps.
 */
export class StepWriter {
  readonly #memory: WebAssembly.Memory;
  readonly #update: PlacedUpdate;
  /** The learning rate that the first steps of the table have, where all of them have the same. */
  #written: { readonly rate: number; readonly steps: number } | undefined;

  constructor(memory: WebAssembly.Memory, update: PlacedUpdate) {
    this.#memory = memory;
    this.#update = update;
  }

  /** @param steps of the command's set */
  write(command: Command<string, string>, steps: number): void {
    const { from, to, stepBase = 0, learningRate = 0, momentum } = command;
    if (typeof learningRate === "number" && isPlainDescent(this.#update.rule)) {
      this.#writeRate(learningRate, steps);
      return;
    }
    this.#written = undefined;
    for (let index = from; index < to; index++) {
      writeStep(this.#memory, this.#update, index, {
        number: stepBase + index + 1,
        learningRate: typeof learningRate === "number" ? learningRate : learningRate[index - from]!,
        momentum: momentum?.[index - from],
      });
    }
  }

  /** Plain gradient descent has the same scalars in every step: they are written where they change. */
  #writeRate(learningRate: number, steps: number): void {
    const { rate, steps: written } = this.#written ?? { rate: Number.NaN, steps: 0 };
    if (rate === learningRate && written >= steps) return;
    for (let index = 0; index < steps; index++) {
      const step = { number: index + 1, learningRate, momentum: undefined };
      writeStep(this.#memory, this.#update, index, step);
    }
    this.#written = { rate: learningRate, steps };
  }
}
