import { Command } from "commander";
import type { WorkerArguments } from "../actions/worker.js";
import { nonEmpty, wholeNumber } from "../option-values.js";

const where = "fovea worker";

/** `fovea worker URL` */
export function workerCommand(): Command {
  return new Command("worker")
    .description("train runs of studies that wait in a queue, on this machine")
    .argument(
      "<URL>",
      "the queue's server: redis://…, rediss://…, postgres://…, or @FILE, a file that has it",
      nonEmpty(where, "URL"),
    )
    .option(
      "--name <name>",
      "shown beside what it trains (default: the machine's name)",
      nonEmpty(where, "--name"),
    )
    .option(
      "--threads <n>",
      "runs at once, each on one thread (default: the processor's cores)",
      wholeNumber(where, "--threads", 1),
    )
    .option("--once", "end when no run waits (default: wait for runs)")
    .addHelpText(
      "after",
      `
Start it on as many machines as you like; they need no shared disk. Ctrl-C ends it after the epochs that run, and
their runs go back to the queue.

Examples:
  $ fovea worker redis://192.168.1.5
  $ fovea worker @queue.txt --threads 4 --once`,
    )
    .action(async (url: string, options: WorkerArguments) => {
      const action = await import("../actions/worker.js");
      await action.runWorkerCommand(url, options);
    });
}
