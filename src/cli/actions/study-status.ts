import { InputError } from "../../errors.js";
import { claimHolder } from "../../files/claim.node.js";
import { jsonText } from "../../json-text.js";
import { counted } from "../../numbers.js";
import { type OutcomeKind, outcomeKinds } from "../../study/outcome.js";
import { type FolderQueue, readFolderQueue } from "../../study/queue/queue-folder.node.js";
import { knownRuns, SearchProgress } from "../../study/search/search-progress.node.js";
import { searchLines, searchTable } from "../../study/search/search-table.js";
import {
  claimFile,
  readOutcomes,
  readStudy,
  type StudyFolder,
} from "../../study/study-folder.node.js";
import { outcomeText } from "../study-display.js";
import { note, print, printBlock } from "../terminal/output.js";
import { type QueueStatus, queueLines, queueStatus } from "./study-queue.js";

/** The options of `fovea study status` that were given. */
export interface StatusArguments {
  readonly queue?: string;
  readonly json?: boolean;
}

/** Prints how far a study is. */
export async function runStudyStatus(directory: string, args: StatusArguments): Promise<void> {
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
  const known = readFolderQueue(directory);
  const queue = known && open.length > 0 ? await askQueue(folder, known, args.queue) : undefined;
  const remote = queue ? queue.workers.reduce((sum, worker) => sum + worker.runs.length, 0) : 0;
  const left = Math.max(0, open.length - training.length - remote);
  if (args.json) {
    const figures = { runs: runs.length, ...counts, training, left };
    const parts = { ...(rows && { search: rows }), ...(queue && { queue }) };
    printBlock(jsonText({ ...figures, ...parts }, 2));
    return;
  }
  const { name, models } = record.study;
  const kinds = outcomeKinds.filter((kind) => counts[kind] > 0);
  print(
    `${name ?? models.map((model) => model.name).join(", ")}: ${counted(runs.length, "run")}`,
    `ended: ${kinds.map((kind) => `${counts[kind]} ${kind}`).join(", ") || "none"}`,
    `in training: ${training.length + remote}, not begun or stopped: ${left}`,
  );
  if (search && rows) print(...searchLines(search.plan, rows));
  for (const { key, pid, host } of training) print(`  ${key}  process ${pid} on ${host}`);
  if (queue) print(...queueLines(queue));
  for (const outcome of outcomes.values()) {
    if (!["done", "pruned"].includes(outcome.outcome))
      print(`  ${outcome.key}  ${outcomeText(outcome)}`);
  }
}

/** Undefined where the server does not answer: the folder's own figures stand without it. */
async function askQueue(
  folder: StudyFolder,
  known: FolderQueue,
  url: string | undefined,
): Promise<QueueStatus | undefined> {
  try {
    return await queueStatus(folder, known, url);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const hint = url === undefined ? " (with a password: --queue URL)" : "";
    note(`${error.message}${hint}`);
    return undefined;
  }
}
