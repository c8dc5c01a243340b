import { readFileSync } from "node:fs";
import { arch, availableParallelism, cpus, platform } from "node:os";
import type { RunRecord } from "./record-codec.js";

/** The machine that this process runs on, as `run.json` records it. */
export function describeMachine(): RunRecord["machine"] {
  return {
    processor: cpus()[0]?.model.trim() || "unknown",
    cores: availableParallelism(),
    platform: platform(),
    architecture: arch(),
  };
}

/** The versions of what computes, as `run.json` records them. */
export function describeVersions(): RunRecord["versions"] {
  return { fovea: foveaVersion(), node: process.versions.node, v8: process.versions.v8 };
}

/** The version in Fovea's package.json. */
export function foveaVersion(): string {
  const path = new URL("../../package.json", import.meta.url);
  return JSON.parse(readFileSync(path, "utf8")).version;
}
