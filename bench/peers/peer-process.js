import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * Another library in a process of its own, which does what it is asked for, one thing after the other.
 * The lines are those of `python_peer.py`.
 */
export class PeerProcess {
  #process;
  #answer;

  /**
   * @param {{ id: string, models: readonly string[], evaluates: boolean }} peer
   * @param {readonly string[]} command program and arguments
   * @param {string} folder see `writePeerFolder`
   * @param {number} threads
   */
  static async start(peer, command, folder, threads) {
    const started = new PeerProcess();
    Object.assign(started, peer, { threads });
    const [program, ...args] = command;
    started.#process = spawn(program, [...args, folder, String(threads)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ended = new Promise((_, reject) => {
      started.#process.once("error", reject);
      started.#process.once("exit", (code) => reject(new Error(`${program} ended with ${code}`)));
    });
    // Who waits for a line hears of it; an end while nobody waits is wanted.
    ended.catch(() => {});
    const lines = createInterface({ input: started.#process.stdout })[Symbol.asyncIterator]();
    started.#answer = async () => {
      const { done, value } = await Promise.race([lines.next(), ended]);
      return done ? ended : JSON.parse(value);
    };
    return Object.assign(started, await started.#answer());
  }

  /** Mean losses of the first steps, dropout off. */
  losses(model, count) {
    return this.#ask(`losses ${model} ${count}`);
  }

  /** Milliseconds of each of the next training steps; fewer where they are slow. */
  steps(model, count) {
    return this.#ask(`steps ${model} ${count}`);
  }

  /** Seconds of some evaluations of the test images. */
  evaluate(model) {
    return this.#ask(`evaluate ${model}`);
  }

  #ask(line) {
    this.#process.stdin.write(`${line}\n`);
    return this.#answer();
  }

  close() {
    this.#process.stdin.end();
  }
}
