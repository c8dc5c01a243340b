import { exitCodes } from "./exit-codes.js";
import { endWithOutput, noteResume } from "./lost-output.js";
import { note } from "./terminal/output.js";

/** How long one Ctrl-C may arrive twice under npm, milliseconds. */
const echo = 150;

/**
 * Turns signals into an orderly end. The first Ctrl-C aborts `signal`, so that the work ends after
 * its current epoch, and says so; the second one quits at once with code 130. SIGTERM is a first
 * Ctrl-C. Where standard output is lost, the work ends at once.
 */
export class Interruption {
  /** What is being finished when the first Ctrl-C comes, in words. */
  activity = "stopping";
  /** Writes a line for people. */
  announce: (line: string) => void = note;
  /** The command that resumes what is quit at once, where there is something to resume. */
  resumeCommand: string | undefined;
  /** Called before quitting at once. */
  beforeQuit: () => void = () => {};

  readonly #controller = new AbortController();
  #stoppedAt = 0;

  constructor() {
    process.on("SIGINT", this.#interrupt);
    process.on("SIGTERM", this.#stop);
    // Before the program's own listener, which knows of nothing to resume.
    process.stdout.prependListener("error", this.#outputLost);
  }

  /** Aborts on the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Leaves signals to Node again. */
  close(): void {
    process.off("SIGINT", this.#interrupt);
    process.off("SIGTERM", this.#stop);
    // A write that failed just now says so soon.
    setImmediate(() => process.stdout.off("error", this.#outputLost));
  }

  readonly #interrupt = () => {
    if (!this.signal.aborted) this.#stop();
    else if (!this.#isEcho()) this.#quit();
  };

  readonly #outputLost = (error: NodeJS.ErrnoException) => {
    endWithOutput(error, this.resumeCommand);
  };

  readonly #stop = () => {
    if (this.signal.aborted) return;
    this.#stoppedAt = performance.now();
    this.announce(`${this.activity}; press Ctrl-C again to quit at once`);
    this.#controller.abort();
  };

  /** npm passes Ctrl-C on to a script that has had it from the terminal already. */
  #isEcho(): boolean {
    const underNpm = process.env.npm_lifecycle_event !== undefined;
    return underNpm && performance.now() - this.#stoppedAt < echo;
  }

  #quit(): void {
    this.beforeQuit();
    if (this.resumeCommand !== undefined) noteResume("quit", this.resumeCommand);
    process.exit(exitCodes.interrupted);
  }
}
