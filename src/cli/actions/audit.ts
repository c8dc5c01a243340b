import { existsSync } from "node:fs";
import { type Audit, audit } from "../../audit/audit.js";
import { InputError } from "../../errors.js";
import { excerpt } from "../../excerpt.js";
import { createFolder, removeIfEmpty } from "../../files/folders.node.js";
import { jsonText } from "../../json-text.js";
import { writeAudit } from "../../report/write-audit.node.js";
import type { AuditRecord } from "../../runs/audit-codec.js";
import { givenPreprocessing } from "../../train/preprocessing.js";
import {
  type AuditArguments,
  type AuditTarget,
  auditSubject,
  findAuditTarget,
} from "../audit-target.js";
import { asTrained } from "../check-same-data.js";
import { chosenData } from "../data-options.js";
import { exitCodes } from "../exit-codes.js";
import { warnOfLeftOut } from "../fault-lines.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { describePreprocessing } from "../preprocessing-options.js";
import { AuditDisplay, verdictLine } from "../terminal/audit-display.js";
import { coloursFor } from "../terminal/colours.js";
import { columnsOf } from "../terminal/live.js";
import { note, print, printBlock } from "../terminal/output.js";

const where = "fovea audit";

/** Audits a model, a run or a file of weights. */
export async function runAudit(
  path: string,
  others: readonly string[],
  args: AuditArguments,
): Promise<void> {
  const target = await findAuditTarget(path, others, args);
  warnOfLeftOut([...(target.run ? [target.run] : []), ...target.others]);
  const folders = outputFolders(target, args);
  const created = folders.filter((folder) => !existsSync(folder));
  for (const folder of folders) createFolder(folder);
  const interruption = new Interruption();
  try {
    const { run } = target;
    const choice = chosenData(where, args, run?.record.data);
    const { data: loaded, reason, notes } = await loadChosenData(choice, interruption);
    const data = asTrained(loaded, run?.record.data);
    const subject = auditSubject(target, data, args);
    if (!args.json) print(reason, ...notes, describeTarget(target, subject.model.name, args));
    const display = new AuditDisplay(process.stderr);
    interruption.beforeQuit = () => display.close();
    interruption.announce = (line) => {
      display.close();
      note(line);
    };
    const { only, images, selectionEpochs, threads, seedSd, seed = subject.seed } = args;
    let found: Audit;
    try {
      found = await audit({
        ...subject,
        data,
        only,
        images,
        selectionEpochs,
        seed,
        threads,
        seedDeviation: seedSd === undefined ? undefined : seedSd / 100,
        signal: interruption.signal,
        onProgress: display.progress,
        onResult: (result) => {
          display.close();
          if (!args.json) printBlock(verdictLine(result, columnsOf(process.stdout), colours()));
        },
      });
    } finally {
      display.close();
    }
    const { weights, weightsDigest } = target;
    const digest = weightsDigest && { weightsDigest };
    const record: AuditRecord = { format: 1, weights, ...digest, ...found };
    if (args.json) print(jsonText(record));
    for (const folder of folders) {
      const { html } = writeAudit(record, folder);
      if (!args.json) print(`audit: ${html}`);
    }
    const flagged = found.checks.some(({ verdict }) => verdict === "flag");
    if (args.failOnFlag && flagged) process.exitCode = exitCodes.flagged;
  } finally {
    interruption.close();
    // Of an audit that did not come to its end nothing is left.
    for (const folder of created) removeIfEmpty(folder);
  }
}

function outputFolders({ run }: AuditTarget, { out, save }: AuditArguments): string[] {
  if (save && !run) throw new InputError(where, "a run folder with --save", "no run");
  return [...(out === undefined ? [] : [out]), ...(save ? [run!.directory] : [])];
}

function describeTarget(
  { path, weights, found, run }: AuditTarget,
  model: string,
  args: AuditArguments,
): string {
  if (found === undefined) {
    return `audit: ${model}, untrained: checks that need trained weights are not made`;
  }
  if (run) return `audit: ${model}, ${weights} weights of ${path}`;
  const { entry } = found.tensors;
  const source = entry === undefined ? path : `entry ${excerpt(entry)} of ${path}`;
  const given = givenPreprocessing(args);
  return `audit: ${model}, ${source}${given ? `, ${describePreprocessing(given)}` : ""}`;
}

function colours() {
  return coloursFor(process.stdout, process.env);
}
