import { version } from "../../package.json";
import type { Platform } from "../../src/runs/new-record.js";

/** Browser and machine as `run.json` records them: a page knows little of either. */
export function platform(): Platform {
  return {
    versions: { fovea: version, node: "none", v8: browserName(navigator.userAgent) },
    machine: {
      processor: "unknown",
      cores: Math.max(1, navigator.hardwareConcurrency),
      platform: "browser",
      architecture: "unknown",
    },
  };
}

/** `Chrome 131.0.0.0`, `Firefox 140.0`; the whole text where neither is in it. */
function browserName(agent: string): string {
  const found = /(Firefox|Edg|Chrome|Version)\/([\d.]+)/.exec(agent);
  if (found === null) return agent;
  const [, name, number] = found;
  return `${name === "Version" ? "Safari" : name} ${number}`;
}
