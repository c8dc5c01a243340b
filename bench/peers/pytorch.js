import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** PyTorch in a process of its own, which times what it is asked for, one thing after the other. */
export class PyTorch {
  #process;
  #lines;
  #folder;
  /** Version of PyTorch. */
  version = "";

  /**
   * Starts it with the images as normalised float32.
   *
   * @param {string} python the interpreter
   * @param {import("../../dist/index.js").Dataset} data whose training images are whole batches of 64
   */
  static async start(python, data) {
    const peer = new PyTorch();
    peer.#folder = mkdtempSync(join(tmpdir(), "fovea-peers-"));
    writeFileSync(join(peer.#folder, "train-images.f32"), normalised(data, data.train.images));
    writeFileSync(join(peer.#folder, "train-labels.u8"), data.train.labels);
    writeFileSync(join(peer.#folder, "test-images.f32"), normalised(data, data.test.images));
    const script = fileURLToPath(new URL("./pytorch_steps.py", import.meta.url));
    const counts = [data.train.count / 64, data.test.count].map(String);
    peer.#process = spawn(python, [script, peer.#folder, ...counts], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const failed = new Promise((_, reject) => {
      peer.#process.once("error", reject);
      peer.#process.once("exit", (code) => reject(new Error(`${python} ended with ${code}`)));
    });
    // Who waits for a line hears of it; an end while nobody waits is wanted.
    failed.catch(() => {});
    process.once("exit", () => rmSync(peer.#folder, { recursive: true, force: true }));
    const lines = createInterface({ input: peer.#process.stdout })[Symbol.asyncIterator]();
    peer.#lines = () =>
      Promise.race([lines.next(), failed]).then(({ done, value }) =>
        done ? failed : JSON.parse(value),
      );
    peer.version = (await peer.#lines()).version;
    return peer;
  }

  /** Milliseconds of each of the next training steps. */
  steps(model, threads, count) {
    return this.#ask(`${model} ${threads} ${count}`);
  }

  /** Seconds of some evaluations of the test images. */
  evaluate(model, threads) {
    return this.#ask(`${model} ${threads} evaluate`);
  }

  #ask(line) {
    this.#process.stdin.write(`${line}\n`);
    return this.#lines();
  }

  close() {
    this.#process.stdin.end();
  }
}

function normalised({ mean, std }, bytes) {
  return Float32Array.from(bytes, (byte) => (byte / 255 - mean) / std);
}
