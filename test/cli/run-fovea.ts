import { execFileSync, spawn, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** As npm installs it: see `test/temporary-folder.ts`. */
const entry = join(tmpdir(), "bin", "fovea");

/** As from a shell: not under npm, which tests run under. */
function environment(): NodeJS.ProcessEnv {
  const { npm_lifecycle_event: _, npm_package_name: __, INIT_CWD: ___, ...rest } = process.env;
  return rest;
}

/** Environment variables that a command has besides the tests' own. */
export type Variables = Readonly<Record<string, string>>;

/** Variables under which `--data digits` has as many images as this, those of `digits(counts)`. */
export function fewDigits(counts: { train: number; test: number }): Variables {
  const preloaded = new URL("few-digits.js", import.meta.url);
  for (const [split, count] of Object.entries(counts))
    preloaded.searchParams.set(split, `${count}`);
  return { NODE_OPTIONS: `--import=${preloaded}` };
}

/** Runs the command line as a user does, in some folder, and waits for its end. */
export function runFovea(args: readonly string[], folder: string, variables: Variables = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
    cwd: folder,
    env: { ...environment(), ...variables },
    encoding: "utf8",
    timeout: 100_000,
  });
  return { code: status, stdout, stderr };
}

/** What a command of many printed, its exit code and the files in its folder after it. */
export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
  readonly files: readonly string[];
}

/**
 * Runs command lines one after the other in one process, as most of a short command's time is the start of
 * its process. For commands that end by themselves.
 */
export function runEach(
  commands: readonly (readonly string[])[],
  folder: string,
  variables: Variables = {},
): Answer[] {
  const script = fileURLToPath(new URL("run-each.js", import.meta.url));
  const input = JSON.stringify(commands);
  const env = { ...environment(), ...variables };
  const options = { cwd: folder, env, input, maxBuffer: 2 ** 26, encoding: "utf8" } as const;
  return JSON.parse(execFileSync(process.execPath, [script], options));
}

/**
 * Runs the command line and presses Ctrl-C when a text, or each of some, has appeared on its output.
 *
 * @param presses how often, with as much time between as a person takes
 */
export function interruptFovea(
  args: readonly string[],
  folder: string,
  text: string | readonly string[],
  presses = 1,
  variables: Variables = {},
) {
  const env = { ...environment(), ...variables };
  const child = spawn(process.execPath, [entry, ...args], { cwd: folder, env });
  const output = { stdout: "", stderr: "" };
  let pressed = 0;
  const press = () => {
    child.kill("SIGINT");
    pressed++;
    if (pressed < presses) setTimeout(press, 300);
  };
  child.stdout.on("data", (chunk) => {
    output.stdout += chunk;
    if (pressed === 0 && [text].flat().every((part) => output.stdout.includes(part))) press();
  });
  child.stderr.on("data", (chunk) => {
    output.stderr += chunk;
  });
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...output }));
  });
}

/** Runs the command line while nobody reads its stderr, as in `2> >(head -0)`. */
export function runUnread(args: readonly string[], folder: string, variables: Variables) {
  const env = { ...environment(), ...variables };
  const child = spawn(process.execPath, [entry, ...args], { cwd: folder, env });
  child.stderr.destroy();
  let stdout = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  return new Promise<{ code: number | null; stdout: string }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout }));
  });
}
