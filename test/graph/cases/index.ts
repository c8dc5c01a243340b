import { readdirSync } from "node:fs";
import type { OpName } from "../../../src/graph/ops/index.js";
import type { OpCase } from "../op-case.js";

/** What every file of this folder exports as `cases`: those of the ops that it is about. */
export type OpCases = Readonly<Partial<Record<OpName, readonly OpCase[]>>>;

const files = readdirSync(new URL(".", import.meta.url)).filter((file) => file !== "index.ts");

const found = await Promise.all(
  files.map(async (file): Promise<OpCases> => {
    const { cases } = await import(/* @vite-ignore */ `./${file}`);
    if (cases === undefined) throw new Error(`test/graph/cases/${file}: exports no cases`);
    return cases;
  }),
);

/** The cases of an op, of all files; empty where there is none. */
export function casesOf(op: OpName): readonly OpCase[] {
  return found.flatMap((cases) => cases[op] ?? []);
}
