import { Command } from "commander";
import type { ResumeArguments, StudyArguments, StudyReportArguments } from "../actions/study.js";
import type { StatusArguments } from "../actions/study-status.js";
import { nonEmpty, path, wholeNumber } from "../option-values.js";

const where = "fovea study";
const queueHelp =
  "let workers train (fovea worker): the queue's server, redis://…, rediss://…, postgres://…, or @FILE, a file that has it";
const askHelp =
  "the queue's server, where its address has a password: the study's folder keeps none (default: as the folder has it)";
const threadsHelp =
  "threads for all runs together: a run each while there are enough (default: the processor's cores)";

const untilHelp =
  "stop runs after this epoch, and compare them there; without it they go on (default: train to the end)";

/** `fovea study FILE`, and what is done with the folder of a study. */
export function studyCommand(): Command {
  return (
    new Command("study")
      .description("train models with several seeds as a file says, and compare them")
      .usage("FILE [options]\n       fovea study status|resume|report|drain|cancel DIR [options]")
      .argument(
        "<FILE>",
        "the study as JSON: models, seeds, data, recipe, grid",
        path(where, "FILE"),
      )
      .option(
        "--out <dir>",
        "the study's folder (default: runs/study-<file>)",
        path(where, "--out"),
      )
      .option("--dry-run", "print the runs and the time that they would take, and train nothing")
      .option("--extend", "add the runs that the file has more than the folder")
      .option("--threads <n>", threadsHelp, wholeNumber(where, "--threads", 1))
      .option("--until-epoch <n>", untilHelp, wholeNumber(where, "--until-epoch", 1))
      .option("--queue <url>", queueHelp, nonEmpty(where, "--queue"))
      .option("--json", "the comparison as JSON, as fovea compare prints it")
      // Options after a subcommand's name are the subcommand's.
      .enablePositionalOptions()
      .addCommand(statusCommand())
      .addCommand(resumeCommand())
      .addCommand(reportCommand())
      .addCommand(
        stateCommand("drain", "let no run begin any more; workers finish those in training"),
      )
      .addCommand(
        stateCommand(
          "cancel",
          "let no run begin any more, and stop those in training after their epochs",
        ),
      )
      .addHelpText(
        "after",
        `
The same command again trains what is missing. Several processes may train one study.

Examples:
  $ fovea study sweep.json --dry-run
  $ fovea study sweep.json --out runs/sweep
  $ fovea study sweep.json --queue redis://192.168.1.5
  $ fovea study status runs/sweep`,
      )
      .action(async (file: string, options: StudyArguments) => {
        const action = await import("../actions/study.js");
        await action.runStudyFile(file, options);
      })
  );
}

function statusCommand(): Command {
  return folderCommand("status", "how many runs have ended, how, and which are in training")
    .option("--queue <url>", askHelp, nonEmpty(`${where} status`, "--queue"))
    .option("--json", "as JSON")
    .action(async (directory: string, options: StatusArguments) => {
      const action = await import("../actions/study-status.js");
      await action.runStudyStatus(directory, options);
    });
}

/** For a study that workers train. */
function stateCommand(name: "drain" | "cancel", description: string): Command {
  return folderCommand(name, `${description} (of a study with a queue)`)
    .option("--queue <url>", askHelp, nonEmpty(`${where} ${name}`, "--queue"))
    .action(async (directory: string, options: { queue?: string }) => {
      const action = await import("../actions/study-queue.js");
      await action.runStudyState(directory, name, options);
    });
}

function resumeCommand(): Command {
  return folderCommand("resume", "train what is missing; the file is not needed any more")
    .option("--threads <n>", threadsHelp, wholeNumber(`${where} resume`, "--threads", 1))
    .option("--until-epoch <n>", untilHelp, wholeNumber(`${where} resume`, "--until-epoch", 1))
    .option("--queue <url>", queueHelp, nonEmpty(`${where} resume`, "--queue"))
    .option("--retry-failed", "train runs that failed once more")
    .option("--json", "the comparison as JSON")
    .action(async (directory: string, options: ResumeArguments) => {
      const action = await import("../actions/study.js");
      await action.runStudyResume(directory, options);
    });
}

function reportCommand(): Command {
  const command = folderCommand("report", "compare the models by the runs that have ended");
  return command
    .option(
      "--out <dir>",
      "where report.md and report.html go (default: DIR)",
      path(`${where} report`, "--out"),
    )
    .option(
      "--at-epoch <n>",
      "compare runs after this epoch, whether or not they have ended (default: by their ends)",
      wholeNumber(`${where} report`, "--at-epoch", 1),
    )
    .option("--figures", "also write each figure as figures/NAME.svg, which report.md then shows")
    .option("--json", "the comparison, the runs and the data of the figures as JSON")
    .action(async (directory: string, options: StudyReportArguments) => {
      const action = await import("../actions/study.js");
      action.runStudyReport(directory, options);
    });
}

function folderCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument("<DIR>", "the folder of a study", path(`${where} ${name}`, "DIR"))
    .addHelpText("after", `\nExample:\n  $ fovea study ${name} runs/study-sweep`);
}
