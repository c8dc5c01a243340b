import { type ChildProcess, spawn } from "node:child_process";
import type { Job, JobState } from "./api.js";

/** Lines of output that are kept of a job, and their length. */
const kept = { lines: 30, characters: 500 };
/** Jobs that train at the same time, at most. */
export const mostJobs = 8;

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  /** While it is frozen. */
  guard?: ChildProcess;
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
 * server is killed, they end at their next line of output, also those that were paused, and resume from the epoch before.
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
        thaw(this.#running.get(path));
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
    const found = this.#inState(path, "training");
    if (!found) return false;
    found.guard = guardOf(found.child);
    found.child.kill("SIGSTOP");
    this.#set({ ...this.#all.get(path)!, state: "paused" });
    return true;
  }

  continue(path: string): boolean {
    const found = this.#inState(path, "paused");
    if (!found) return false;
    thaw(found);
    this.#set({ ...this.#all.get(path)!, state: "training" });
    return true;
  }

  /** Ends a training after its epoch. A second SIGTERM does no more than the first. */
  stop(path: string): boolean {
    const found = this.#running.get(path);
    if (!found) return false;
    found.child.kill("SIGTERM");
    // A frozen process gets the signal when it goes on.
    thaw(found);
    this.#set({ ...this.#all.get(path)!, state: "stopping" });
    return true;
  }

  /** Stops all, and waits until they have ended. */
  async close(): Promise<void> {
    const all = [...this.#running];
    for (const [path] of all) this.stop(path);
    await Promise.all(all.map(([, { ended }]) => ended));
  }

  /** A job that can be frozen or go on, as it is in this state. */
  #inState(path: string, state: JobState): Running | undefined {
    if (process.platform === "win32" || this.#all.get(path)?.state !== state) return undefined;
    return this.#running.get(path);
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

/**
 * A process that lets a frozen one go on when its input ends. It ends with this server, also where that is killed: nobody
 * else would know of a frozen process. In a group of its own, so that Ctrl-C does not reach it first.
 */
function guardOf({ pid }: ChildProcess): ChildProcess {
  const script = 'cat > /dev/null; kill -CONT "$0"';
  return spawn("sh", ["-c", script, `${pid}`], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
}

/** Lets a frozen process go on; does nothing with another. */
function thaw(running: Running | undefined): void {
  if (!running?.guard) return;
  running.child.kill("SIGCONT");
  running.guard.stdin?.end();
  running.guard = undefined;
}

/** By the exit codes of the command line; 4 is a study of which some runs failed. */
function endState(code: number | null, before: JobState): JobState {
  if (code === 0) return before === "stopping" ? "stopped" : "ended";
  if (code === 130 || (before === "stopping" && code === null)) return "stopped";
  return "failed";
}
