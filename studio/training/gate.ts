/** Lets trainings run, holds them, or lets them take one step. */
export class Gate {
  #state: "open" | "held" | "stopped" = "open";
  /** Steps that held trainings may take, by slot. */
  readonly #permits: number[] = [];
  #waiting: (() => void)[] = [];

  /** Whether steps need not ask. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isStopped(): boolean {
    return this.#state === "stopped";
  }

  open(): void {
    this.#become("open");
  }

  hold(): void {
    this.#become("held");
  }

  stop(): void {
    this.#become("stopped");
  }

  /** @param slots how many trainings there are */
  step(slots: number): void {
    for (let slot = 0; slot < slots; slot++) this.#permits[slot] = 1;
    this.#become("held");
  }

  /** Waits until a training may take its next step. @returns false where it is stopped */
  async pass(slot: number): Promise<boolean> {
    for (;;) {
      if (this.#state === "stopped") return false;
      if (this.#state === "open") return true;
      if (this.#permits[slot]) {
        this.#permits[slot] = 0;
        return true;
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #become(state: "open" | "held" | "stopped"): void {
    if (this.#state !== "stopped") this.#state = state;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
