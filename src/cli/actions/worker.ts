import { availableParallelism, hostname, tmpdir } from "node:os";
import { sentCacheFolder } from "../../data/cache.node.js";
import { counted } from "../../numbers.js";
import type { Job } from "../../study/queue/messages.js";
import { runWorker } from "../../study/queue/worker.node.js";
import { exitCodes } from "../exit-codes.js";
import { Interruption } from "../interruption.js";
import { queueServer } from "../queue-server.js";
import { note, print } from "../terminal/output.js";

/** The options of `fovea worker` that were given. */
export interface WorkerArguments {
  readonly name?: string;
  readonly threads?: number;
  readonly once?: boolean;
}

/** Trains runs from a queue until Ctrl-C. */
export async function runWorkerCommand(url: string, args: WorkerArguments): Promise<void> {
  const { name = hostname(), threads = availableParallelism(), once = false } = args;
  const interruption = new Interruption();
  const server = await queueServer("fovea worker", url);
  try {
    interruption.activity = "finishing the epochs that run";
    print(`worker ${name} of ${server.shown}: ${counted(threads, "run")} at once`);
    await runWorker({
      ...{ server, name, threads, once, signal: interruption.signal },
      ...{ dataFolder: sentCacheFolder(), scratch: tmpdir() },
      onBegin: ({ key, spec }: Job, done) =>
        print(
          `${key}  ${done === 0 ? "begins" : `continues after epoch ${done}`}, ${counted(spec.recipe.epochs, "epoch")}`,
        ),
      onEnd: ({ key }, how) => print(`${key}  ${how}`),
      onNote: note,
    });
    if (interruption.signal.aborted) process.exitCode = exitCodes.interrupted;
  } finally {
    await server.close();
    interruption.close();
  }
}
