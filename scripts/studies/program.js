import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { InputError } from "../../dist/errors.js";
import { runPageProgram } from "../page-program.js";
import { checkStudyPages, writeStudyPages } from "./pages.js";
import { recordStudy } from "./record.js";

const options = {
  record: { type: "boolean" },
  check: { type: "boolean" },
  "at-epoch": { type: "string" },
  root: { type: "string", default: fileURLToPath(new URL("../..", import.meta.url)) },
};

/** Does what the arguments say; returns the exit code and what is to be printed. */
export function runStudies(args) {
  return runPageProgram("studies", () => act(parseArgs({ args, allowPositionals: true, options })));
}

/** Returns the lines that say what was done. */
async function act({ values, positionals }) {
  const { record, check, root } = values;
  if (record && check) throw new InputError("options", "one of --record, --check", "both");
  if (record ? positionals.length !== 2 : positionals.length > 0) {
    const expected = record
      ? "the folder of a study and a name with --record"
      : "nothing without --record";
    throw new InputError("arguments", expected, positionals.join(" ") || "none");
  }
  if (check) return checkStudyPages(root).map((path) => `differs: ${path}`);
  const atEpoch = values["at-epoch"];
  if (atEpoch !== undefined && !(record && /^[1-9]\d*$/.test(atEpoch))) {
    const got = record ? atEpoch : "it without --record";
    throw new InputError("--at-epoch", "a whole number above 0, with --record", got);
  }
  if (record) recordStudy(...positionals, root, atEpoch && Number(atEpoch));
  return writeStudyPages(root).map((path) => `written: ${path}`);
}
