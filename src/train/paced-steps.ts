import * as platform from "#engine-platform";

/** Milliseconds for which the engine may block its thread before events are handled. */
const TURN = 50;

/**
 * Runs steps in turns of about `TURN` milliseconds. Between turns the thread handles events, so that
 * progress can be shown and a signal can abort.
 *
 * @param run runs steps from (inclusive) to (exclusive)
 * @param onTurn called after each turn with the number of steps done
 */
export async function runPaced(
  steps: number,
  run: (from: number, to: number) => void,
  onTurn: (done: number) => void,
): Promise<void> {
  let turn = 4;
  for (let done = 0; done < steps; ) {
    const next = Math.min(done + turn, steps);
    const started = performance.now();
    run(done, next);
    const perStep = (performance.now() - started) / (next - done);
    turn = Math.max(1, Math.round(TURN / Math.max(perStep, 0.01)));
    done = next;
    onTurn(done);
    await platform.yieldToEvents();
  }
}

/** Lets events be handled after about `TURN` milliseconds of steps that are called one by one. */
export class Turns {
  #began = performance.now();

  /** Called after each step. */
  async next(): Promise<void> {
    if (performance.now() - this.#began < TURN) return;
    await platform.yieldToEvents();
    this.#began = performance.now();
  }
}
