// A worker whose locks run out soon, as tests wait for them: node worker.js URL NAME FOLDER [--once]
// Prints what happens, a line each.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openServer } from "../../../dist/study/queue/open-server.node.js";
import { parseQueueUrl } from "../../../dist/study/queue/queue-url.js";
import { runWorker } from "../../../dist/study/queue/worker.node.js";

const [url = "", name = "", folder = "", once] = process.argv.slice(2);
const stop = new AbortController();
process.on("SIGINT", () => stop.abort());
const print = (/** @type {string} */ line) => console.log(line);
const [dataFolder, scratch] = [join(folder, "data"), join(folder, "scratch")];
for (const each of [dataFolder, scratch]) mkdirSync(each, { recursive: true });
const server = await openServer("test", parseQueueUrl("test", url), (line) =>
  print(`note ${line}`),
);
try {
  await runWorker(
    {
      ...{ server, name, threads: 1, once: once !== undefined, signal: stop.signal },
      ...{ dataFolder, scratch },
      onBegin: ({ key }, done) => print(`begin ${key} ${done}`),
      onEpoch: ({ key }, epoch) => print(`kept ${key} ${epoch}`),
      onEnd: ({ key }, how) => print(`end ${key} ${how}`),
      onNote: (line) => print(`note ${line}`),
    },
    { lock: 5000, stalled: 1000, retry: 300, show: 300 },
  );
} finally {
  await server.close();
}
