import type { EngineInfo } from "../train/train.js";

const builds: Readonly<Record<EngineInfo["build"], string>> = {
  "relaxed-fma": "SIMD with fused multiply-add",
  "mul-add": "SIMD without fused multiply-add",
};

/** What computes, in a line for people. */
export function engineLine({ build, threads }: EngineInfo): string {
  return `engine: ${builds[build]} (${build}), ${threads} ${threads === 1 ? "thread" : "threads"}`;
}
