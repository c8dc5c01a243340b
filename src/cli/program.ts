import { Command, CommanderError } from "commander";
import { InputError } from "../errors.js";
import { foveaVersion } from "../runs/machine.node.js";
import { auditCommand } from "./commands/audit.js";
import { benchCommand } from "./commands/bench.js";
import { claimsCommand } from "./commands/claims.js";
import { compareCommand } from "./commands/compare.js";
import { dataCommand } from "./commands/data.js";
import { evaluateCommand } from "./commands/evaluate.js";
import { explainCommand } from "./commands/explain.js";
import { exportCommand } from "./commands/export.js";
import { findLrCommand } from "./commands/find-lr.js";
import { importCommand } from "./commands/import.js";
import { newCommand } from "./commands/new.js";
import { predictCommand } from "./commands/predict.js";
import { reportCommand } from "./commands/report.js";
import { reproduceCommand } from "./commands/reproduce.js";
import { studioCommand } from "./commands/studio.js";
import { studyCommand } from "./commands/study.js";
import { trainCommand } from "./commands/train.js";
import { workerCommand } from "./commands/worker.js";
import { exitCodes } from "./exit-codes.js";
import { limitProblem } from "./limit-problem.js";
import { endWithOutput } from "./lost-output.js";
import { guardOutput, note, noteStack } from "./terminal/output.js";
import { fullName, usageError } from "./usage-error.js";

/**
 * Runs the command line and sets the process's exit code: 0, 1 for a defect of Fovea (with its
 * stack), 2 for something that the user can set right (with one line), 130 for Ctrl-C.
 */
export async function runProgram(args: readonly string[]): Promise<void> {
  guardOutput(process.stdout);
  guardOutput(process.stderr);
  process.stdout.on("error", (error) => endWithOutput(error));
  process.stderr.on("error", continueUnread);
  let running = "fovea";
  const program = createProgram();
  program.hook("preAction", (_, command) => {
    running = fullName(command);
  });
  try {
    await program.parseAsync(meant(program, args), { from: "user" });
  } catch (error) {
    process.exitCode = reportError(error, running);
  }
}

/** What Commander is to parse where it would answer with help on stderr. */
function meant(program: Command, args: readonly string[]): readonly string[] {
  // Bare `fovea` asks what there is.
  if (args.length === 0) return ["--help"];
  const [first, about, part] = args;
  if (first !== "help" || about === undefined) return args;
  const found = program.commands.find((command) => command.name() === about);
  // Help about what is no command: the complaint about the command itself.
  if (found === undefined) return [about];
  // Commander would answer `help study status` with the help of `study`.
  if (part === undefined || found.commands.length === 0) return args;
  const isPart = found.commands.some((command) => command.name() === part);
  return isPart ? [about, part, "--help"] : [about, part];
}

function createProgram(): Command {
  const program = new Command("fovea")
    .description(
      "A spatial-attention lab: train, compare and open up small image classifiers that differ in how they look.",
    )
    .version(foveaVersion(), "-V, --version", "print the version");
  const commands = [
    reproduceCommand(),
    trainCommand(),
    evaluateCommand(),
    predictCommand(),
    exportCommand(),
    importCommand(),
    reportCommand(),
    auditCommand(),
    claimsCommand(),
    dataCommand(),
    benchCommand(),
    explainCommand(),
    findLrCommand(),
    newCommand(),
    compareCommand(),
    studyCommand(),
    workerCommand(),
    studioCommand(),
  ];
  // What stands after a command's name is the command's own.
  program.enablePositionalOptions();
  for (const command of commands) program.addCommand(command);
  program.addHelpText(
    "after",
    `
Examples:
  $ fovea reproduce                  train five networks for 5 epochs and compare them
  $ fovea train stn --epochs 10      train one model
  $ fovea help train                 what a command can do`,
  );
  for (const command of [program, ...commands, ...commands.flatMap((each) => each.commands)]) {
    // The only lines on stderr are those of reportError.
    command.configureOutput({ outputError: () => {} });
    command.exitOverride((error) => {
      throw usageError(command, error);
    });
  }
  return program;
}

function reportError(error: unknown, running: string): number {
  if (error instanceof CommanderError) return error.exitCode;
  if (error instanceof InputError) {
    const line = error.message;
    note(line.startsWith("fovea") ? line : `${running}: ${line}`);
    return exitCodes.input;
  }
  if (error instanceof Error && error.name === "AbortError") return exitCodes.interrupted;
  const limit = limitProblem(error);
  if (limit !== undefined) {
    note(`${running}: ${limit}`);
    return exitCodes.input;
  }
  noteStack(error);
  return exitCodes.defect;
}

/** Nobody can read the progress any more; the work continues. */
function continueUnread(): void {}
