// A hundred engines, one after the other, on as many images as MNIST has.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Of the process, MB. */
const MOST = 400;
const script = fileURLToPath(new URL("../engine/soak.js", import.meta.url));

/** @type {import("./worker.js").Prepare} */
export async function prepare() {
  return async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, "100", "2"]);
    const most = Number(stdout);
    const where = `100 engines: ${most} MB`;
    return most < MOST
      ? { where, events: [{ kind: "same" }] }
      : { where, events: [{ kind: "crash", what: `more than ${MOST} MB` }] };
  };
}
