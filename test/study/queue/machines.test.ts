import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contentOfStudy } from "../content-of-study.js";
import { trainDisturbed, trainWhole } from "./machines.js";
import { kinds } from "./require-servers.js";

/** `npm run torture -- --only queue` has 40. */
const runs = 8;

/** Of a machine that is busy; alone on two cores it takes a fraction of it. */
const timeout = 400_000;

let folder: string;
let whole: unknown;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-machines-"));
  trainWhole(folder, runs);
  whole = contentOfStudy(join(folder, "whole"));
}, timeout);
afterAll(() => rmSync(folder, { recursive: true }));

// Each kind of server passes the tests of queue.test.ts. This one takes half a minute, so one kind has it.
test.each(kinds.slice(0, 1))(
  "on %s, with a worker killed, one cut off and the server started again, each run ends once, with the bits of one process",
  { timeout },
  async (kind) => {
    const { isReal, dead, silent, steady, study, outputs } = await trainDisturbed(folder, kind);
    if (!isReal)
      console.warn("no network namespaces here: relays held packets back in their place");
    expect(contentOfStudy(join(folder, kind))).toEqual(whole);
    const ended = [...study.matchAll(/^ *\d+\/\d+ {2}(\S+)/gm)].map(([, key]) => key!);
    expect(ended.toSorted()).toEqual([...new Set(ended)].toSorted());
    expect(ended.length).toBe(runs);
    // What the others had begun continued after an epoch that they had sent.
    expect(outputs).toMatch(new RegExp(`^begin ${dead} [1-5]$`, "m"));
    expect(steady).toMatch(new RegExp(`^begin ${silent} [1-5]$`, "m"));
    expect(outputs).not.toContain("computes wrongly");
  },
);
