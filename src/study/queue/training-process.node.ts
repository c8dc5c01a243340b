import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { ChildMessage, TaskEnd, TaskMessage, TrainingTask } from "./train-child.node.js";

/** Called while a task is done. */
export interface TaskCallbacks {
  readonly onMessage: (message: Exclude<ChildMessage, TaskEnd>) => void;
}

/** Of what a process wrote to its standard error before it ended, characters. */
const keptOutput = 2000;

const file = new URL("./train-child.node.js", import.meta.url);

/** A process of its own that trains runs, one after the other. */
export class TrainingProcess {
  readonly #child: ChildProcess;
  #errors = "";
  #isAlive = true;

  constructor() {
    // Flags of the command line are the caller's. Archives are bytes.
    this.#child = fork(file, [], {
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr!.on("data", (text) => {
      this.#errors = (this.#errors + text).slice(-keptOutput);
    });
    this.#child.once("exit", () => {
      this.#isAlive = false;
    });
    // Told by its exit.
    this.#child.on("error", () => {});
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /**
   * Trains a run.
   *
   * @throws Error where the process ends before the run does
   */
  async train(task: TrainingTask, { onMessage }: TaskCallbacks): Promise<TaskEnd> {
    const ended = new AbortController();
    const exit = once(this.#child, "exit", { signal: ended.signal });
    const answer = new Promise<TaskEnd>((resolve) => {
      const listen = (message: ChildMessage) => {
        switch (message.type) {
          case "begun":
          case "progress":
          case "note":
          case "epoch":
            onMessage(message);
            return;
          default:
            this.#child.off("message", listen);
            resolve(message);
        }
      };
      this.#child.on("message", listen);
    });
    this.#send({ type: "train", task });
    const died = exit.then(
      ([code, signal]) => {
        throw new Error(
          `the training's process ended with ${signal ?? `code ${code}`}${this.#cause()}`,
        );
      },
      () => new Promise<never>(() => {}),
    );
    try {
      return await Promise.race([answer, died]);
    } finally {
      ended.abort();
    }
  }

  /** Ends the run after its current epoch. */
  stop(): void {
    this.#send({ type: "stop" });
  }

  /** Ends the process at once. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #send(message: TaskMessage): void {
    if (this.#child.connected) this.#child.send(message);
  }

  #cause(): string {
    const lines = this.#errors.split("\n").filter((line) => /error/i.test(line));
    return lines.length === 0 ? "" : ` (${lines[0]!.trim()})`;
  }
}
