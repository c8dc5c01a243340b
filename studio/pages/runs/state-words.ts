import type { RunState } from "./rows.js";

export const stateWords: Readonly<Record<RunState, string>> = {
  training: "training",
  paused: "paused",
  stopping: "stopping after its epoch",
  stopped: "stopped",
  ended: "done",
  failed: "failed",
  done: "done",
  elsewhere: "training elsewhere",
  "broken off": "broken off",
};
