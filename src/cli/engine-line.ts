import type { EngineInfo } from "../train/train-options.js";

const builds: Readonly<Record<EngineInfo["build"], string>> = {
  "relaxed-fma": "SIMD with fused multiply-add",
  "mul-add": "SIMD without fused multiply-add",
};

/**
 * What computes, in a line for people.
 *
 * @param runs that train at once; more than one is said
 */
export function engineLine(
  { build, threads }: Pick<EngineInfo, "build" | "threads">,
  runs = 1,
): string {
  const parts = [
    `engine: ${builds[build]} (${build})`,
    `${threads} ${threads === 1 ? "thread" : "threads"}`,
  ];
  if (runs > 1) parts.push(`${runs} models at once`);
  return parts.join(", ");
}
