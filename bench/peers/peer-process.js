import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * Another library in a process of its own, which answers one request after the other. `python_peer.py` describes
 * the requests.
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
    // A pending request rejects when the process ends. Without one, the end is expected and ignored.
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

  /** Milliseconds of each of the next training steps; slow peers run fewer. */
  steps(model, count) {
    return this.#ask(`steps ${model} ${count}`);
  }

  /** Seconds of each of several evaluations of the test images. */
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
