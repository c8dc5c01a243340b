import { claimHolder } from "../../files/claim.node.js";
import { jsonText } from "../../json-text.js";
import { counted } from "../../numbers.js";
import { type OutcomeKind, outcomeKinds } from "../../study/outcome.js";
import { knownRuns, SearchProgress } from "../../study/search/search-progress.node.js";
import { searchLines, searchTable } from "../../study/search/search-table.js";
import { claimFile, readOutcomes, readStudy } from "../../study/study-folder.node.js";
import { outcomeText } from "../study-display.js";
import { print, printBlock } from "../terminal/output.js";

/** Prints how far a study is. */
export function runStudyStatus(directory: string, args: { readonly json?: boolean }): void {
  const folder = readStudy(directory);
  const search = SearchProgress.of(folder);
  const runs = knownRuns(folder, search);
  const { record } = folder;
  const outcomes = readOutcomes({ directory, runs });
  const open = runs.filter(({ key }) => !outcomes.has(key));
  const training = open.flatMap(({ key }) => {
    const holder = claimHolder(claimFile(directory, key));
    return holder && holder.running !== false ? [{ key, pid: holder.pid, host: holder.host }] : [];
  });
  const counts = Object.fromEntries(outcomeKinds.map((kind) => [kind, 0])) as Record<
    OutcomeKind,
    number
  >;
  for (const { outcome } of outcomes.values()) counts[outcome]++;
  const rows = search && searchTable(search.plan, search.state, search.known);
  const left = open.length - training.length;
  if (args.json) {
    printBlock(
      jsonText({ runs: runs.length, ...counts, training, left, ...(rows && { search: rows }) }, 2),
    );
    return;
  }
  const { name, models } = record.study;
  const kinds = outcomeKinds.filter((kind) => counts[kind] > 0);
  print(
    `${name ?? models.map((model) => model.name).join(", ")}: ${counted(runs.length, "run")}`,
    `ended: ${kinds.map((kind) => `${counts[kind]} ${kind}`).join(", ") || "none"}`,
    `in training: ${training.length}, not begun or stopped: ${left}`,
  );
  if (search && rows) print(...searchLines(search.plan, rows));
  for (const { key, pid, host } of training) print(`  ${key}  process ${pid} on ${host}`);
  for (const outcome of outcomes.values()) {
    if (!["done", "pruned"].includes(outcome.outcome))
      print(`  ${outcome.key}  ${outcomeText(outcome)}`);
  }
}
