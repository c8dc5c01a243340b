// One of several processes that want the same folder: begins its command when it is told to.
import { operations } from "../../dist/files/operations.node.js";

/** Of a flush, milliseconds: so slow that all meet while one of them writes. */
const SLOW = 15;

const [delay, ...args] = process.argv.slice(2);
const clock = new Int32Array(new SharedArrayBuffer(4));
operations.fsyncSync = () => {
  Atomics.wait(clock, 0, 0, SLOW);
};
const { fewImages } = await import("./tiny-runs.js");
const { runProgram } = await import("../../dist/cli/program.js");
fewImages();
process.once("message", () => {
  setTimeout(async () => {
    await runProgram(args);
    process.disconnect();
  }, Number(delay));
});
process.send("ready");
