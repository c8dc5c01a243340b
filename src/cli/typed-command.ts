import { basename, isAbsolute, relative } from "node:path";
import { shellWord } from "../shell-word.js";

/** How this process was started. */
interface Start {
  readonly environment: NodeJS.ProcessEnv;
  /** The script's path, as Node makes it absolute. */
  readonly script: string | undefined;
  readonly folder: string;
}

/** A command of Fovea as one types it where this process was started, in the words that started it. */
export function typedCommand(command: string, start: Partial<Start> = {}): string {
  return `${program({ environment: process.env, script: process.argv[1], folder: process.cwd(), ...start })} ${command}`;
}

function program({ environment, script, folder }: Start): string {
  const { npm_lifecycle_event: event, npm_package_name: owner = "fovea" } = environment;
  if (event !== undefined) {
    if (event === "npx" || owner !== "fovea") return "npx fovea";
    return `npm${prefix(environment.INIT_CWD, folder)} run fovea --`;
  }
  // Installed, it is a link without an ending.
  if (script === undefined || basename(script) !== "fovea.js") return "fovea";
  const path = relative(folder, script);
  return `node ${shellWord(path.startsWith("..") ? script : path)}`;
}

/** npm runs scripts in the package's folder, from whatever folder below it; from elsewhere it must be told. */
function prefix(startedIn: string | undefined, folder: string): string {
  const path = startedIn === undefined ? "" : relative(folder, startedIn);
  return path.startsWith("..") || isAbsolute(path) ? ` --prefix ${shellWord(folder)}` : "";
}
