import { existsSync } from "node:fs";
import { quietly, withFile, writeAll } from "../files/open-file.node.js";
import { readText } from "../files/read-file.node.js";
import { writeNew } from "../files/write-file.node.js";
import { type Outcome, outcomeSchema } from "./outcome.js";

/** Studies of fewer runs have no journal: their outcomes are read in no time. */
export const fewestRuns = 1000;

/** Lines that are appended at once. */
const together = 100;

/** Of a journal, bytes: 100,000 outcomes have some 25 MB. */
const mostBytes = 2 ** 28;

/**
 * Copies of outcomes in one file, a line each, as to read 100,000 files takes several seconds. An outcome never changes but
 * for one that failed, which may be tried again: that is in no journal. What is missing in the journal is read from the
 * files, so that it may be cut off or removed at any time. Several processes append to it.
 */
export class OutcomeJournal {
  readonly #waiting: Outcome[] = [];

  constructor(private readonly path: string) {}

  add(outcome: Outcome): void {
    if (outcome.outcome === "failed") return;
    this.#waiting.push(outcome);
    if (this.#waiting.length >= together) this.write();
  }

  /** Appends what waits. Where the system refuses it, the files are read instead. */
  write(): void {
    const outcomes = this.#waiting.splice(0);
    if (outcomes.length === 0) return;
    // A line that another process was killed in ends here.
    const text = outcomes.map((outcome) => `\n${JSON.stringify(outcome)}`).join("");
    quietly(() => {
      if (!existsSync(this.path)) writeNew(this.path, "", false);
      withFile(this.path, "append", (file) => writeAll(file, new TextEncoder().encode(text)));
    });
  }
}

/** The outcomes of a journal by their keys; lines that cannot be read are left out. */
export function readJournal(path: string): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  if (!existsSync(path)) return outcomes;
  for (const line of readText(path, "a journal of outcomes", mostBytes).split("\n")) {
    const outcome = line === "" ? undefined : parsedLine(line);
    if (outcome !== undefined) outcomes.set(outcome.key, outcome);
  }
  return outcomes;
}

function parsedLine(line: string): Outcome | undefined {
  try {
    return outcomeSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
