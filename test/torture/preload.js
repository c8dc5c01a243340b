// Preloaded before a command in a process of its own; the file's query says what happens to it:
//
//     at, moment   the process kills itself at this operation, as `kill -9` does
//     slow         every flush takes so many milliseconds, so that two processes meet
import { operations } from "../../dist/files/operations.node.js";
import { killAt } from "../files/faults.js";
import { fewImages } from "./tiny-runs.js";

const query = new URL(import.meta.url).searchParams;
fewImages();
if (query.has("slow")) {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  operations.fsyncSync = () => {
    Atomics.wait(clock, 0, 0, Number(query.get("slow")));
  };
}
if (query.has("at")) {
  const moment = query.get("moment") === "before" ? "before" : "middle";
  killAt(Number(query.get("at")), moment, () => {
    process.kill(process.pid, "SIGKILL");
  });
}
