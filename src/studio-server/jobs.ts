import { type ChildProcess, spawn } from "node:child_process";
import type { Job, JobState } from "./api.js";

/** Lines of output that are kept of a job, and their length. */
const kept = { lines: 30, characters: 500 };
/** Jobs that train at the same time, at most. */
export const mostJobs = 8;

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

/** How jobs are started. */
export interface JobOptions {
  /** The program and its first arguments: Node and `fovea.js`. */
  readonly program: readonly [string, ...string[]];
  /** Called with a job that changed. */
  readonly onChange: (job: Job) => void;
}

/**
 * Trainings as processes of their own. They stop as on Ctrl-C, after their epoch, so that nothing is lost; where the
 * server is killed, they end at their next line of output, and resume from the epoch before.
 */
export class Jobs {
  readonly #running = new Map<string, Running>();
  readonly #all = new Map<string, Job>();

  constructor(private readonly options: JobOptions) {}

  list(): readonly Job[] {
    return [...this.#all.values()];
  }

  /** Whether a process of this server writes to a folder. */
  isRunning(path: string): boolean {
    return this.#running.has(path);
  }

  get count(): number {
    return this.#running.size;
  }

  /**
   * @param path of the folder that the job writes to
   * @param onEnd called after it has ended
   */
  start(path: string, kind: Job["kind"], args: readonly string[], onEnd?: () => void): void {
    const [program, ...first] = this.options.program;
    // No shell, and no input. In the terminal's process group, so that Ctrl-C reaches it as it reaches the server.
    const child = spawn(program, [...first, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise<void>((resolve) => {
      let problem: string | undefined;
      child.on("error", (error) => {
        problem = error.message;
        if (child.pid === undefined) finish(null);
      });
      child.on("close", (code) => finish(code));
      const finish = (code: number | null) => {
        const before = this.#all.get(path)!;
        this.#running.delete(path);
        const lines = problem === undefined ? before.lines : [...before.lines, problem];
        this.#set({ ...before, lines, state: endState(code, before.state) });
        onEnd?.();
        resolve();
      };
    });
    const job: Job = { path, kind, state: "training", lines: [] };
    this.#running.set(path, { child, ended });
    this.#set(job);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8");
      let open = "";
      stream?.on("data", (text: string) => {
        const [last = "", ...lines] = (open + text).split("\n").reverse();
        open = last.slice(0, kept.characters);
        this.#addLines(path, lines.reverse());
      });
    }
  }

  /** Freezes a training where it is; it keeps its memory and takes no time of the processor. */
  pause(path: string): boolean {
    return this.#signal(path, "SIGSTOP", "training", "paused");
  }

  continue(path: string): boolean {
    return this.#signal(path, "SIGCONT", "paused", "training");
  }

  /** Ends a training after its epoch. A second SIGTERM does no more than the first. */
  stop(path: string): boolean {
    const found = this.#running.get(path);
    if (!found) return false;
    found.child.kill("SIGTERM");
    // A frozen process gets the signal when it goes on.
    if (process.platform !== "win32") found.child.kill("SIGCONT");
    this.#set({ ...this.#all.get(path)!, state: "stopping" });
    return true;
  }

  /** Stops all, and waits until they have ended. */
  async close(): Promise<void> {
    const all = [...this.#running];
    for (const [path] of all) this.stop(path);
    await Promise.all(all.map(([, { ended }]) => ended));
  }

  #signal(path: string, signal: "SIGSTOP" | "SIGCONT", from: JobState, to: JobState): boolean {
    const found = this.#running.get(path);
    const job = this.#all.get(path);
    if (!found || job?.state !== from || process.platform === "win32") return false;
    found.child.kill(signal);
    this.#set({ ...job, state: to });
    return true;
  }

  #addLines(path: string, lines: readonly string[]): void {
    const job = this.#all.get(path);
    if (!job || lines.length === 0) return;
    const cut = lines.map((line) => line.slice(0, kept.characters)).filter((line) => line !== "");
    this.#set({ ...job, lines: [...job.lines, ...cut].slice(-kept.lines) });
  }

  #set(job: Job): void {
    this.#all.set(job.path, job);
    this.options.onChange(job);
  }
}

/** By the exit codes of the command line; 4 is a study of which some runs failed. */
function endState(code: number | null, before: JobState): JobState {
  if (code === 0) return before === "stopping" ? "stopped" : "ended";
  if (code === 130 || (before === "stopping" && code === null)) return "stopped";
  return "failed";
}
