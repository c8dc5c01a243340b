// Forty runs from a queue, whose workers are killed and cut off and whose server is started again.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { contentOfStudy } from "../study/content-of-study.js";
import { trainDisturbed, trainWhole } from "../study/queue/machines.js";
import { hasPostgres } from "../study/queue/servers.js";

const runs = 40;

/** @type {import("./worker.js").Prepare} */
export async function prepare() {
  const folder = process.cwd();
  trainWhole(folder, runs);
  const whole = contentOfStudy(join(folder, "whole"));
  /** @type {("redis" | "postgres")[]} */
  const kinds = ["redis", ...(hasPostgres ? ["postgres"] : [])];
  let tried = 0;

  return async () => {
    const kind = kinds[tried % kinds.length];
    const where = `${runs} runs on ${kind}`;
    tried++;
    for (const each of [kind, `${kind}-server`, `${kind}-workers`]) {
      rmSync(join(folder, each), { recursive: true, force: true });
    }
    try {
      await trainDisturbed(folder, kind);
    } catch (error) {
      return { where, events: [{ kind: "crash", what: String(error).slice(-2000) }] };
    }
    const isSame = isDeepStrictEqual(contentOfStudy(join(folder, kind)), whole);
    return { where, events: [{ kind: isSame ? "same" : "lost" }] };
  };
}
