import { claimHolder } from "../../files/claim.node.js";
import { jsonText } from "../../json-text.js";
import { counted } from "../../numbers.js";
import { type OutcomeKind, outcomeKinds } from "../../study/outcome.js";
import { claimFile, readOutcomes, readStudy } from "../../study/study-folder.node.js";
import { outcomeText } from "../study-display.js";
import { print, printBlock } from "../terminal/output.js";

/** Prints how far a study is. */
export function runStudyStatus(directory: string, args: { readonly json?: boolean }): void {
  const { runs, record } = readStudy(directory);
  const outcomes = readOutcomes({ directory, runs });
  const open = runs.filter(({ key }) => !outcomes.has(key));
  const training = open.flatMap(({ key }) => {
    const holder = claimHolder(claimFile(directory, key));
    return holder && holder.running !== false ? [{ key, pid: holder.pid, host: holder.host }] : [];
  });
  const counts = Object.fromEntries(
    outcomeKinds.map((kind) => [
      kind,
      [...outcomes.values()].filter(({ outcome }) => outcome === kind).length,
    ]),
  ) as Record<OutcomeKind, number>;
  const left = open.length - training.length;
  if (args.json) {
    printBlock(jsonText({ runs: runs.length, ...counts, training, left }, 2));
    return;
  }
  const { name, models } = record.study;
  const kinds = outcomeKinds.filter((kind) => counts[kind] > 0);
  print(
    `${name ?? models.map((model) => model.name).join(", ")}: ${counted(runs.length, "run")}`,
    `ended: ${kinds.map((kind) => `${counts[kind]} ${kind}`).join(", ") || "none"}`,
    `in training: ${training.length}, not begun or stopped: ${left}`,
  );
  for (const { key, pid, host } of training) print(`  ${key}  process ${pid} on ${host}`);
  for (const outcome of outcomes.values()) {
    if (outcome.outcome !== "done") print(`  ${outcome.key}  ${outcomeText(outcome)}`);
  }
}
