import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tokenHeader } from "../../src/studio-server/api.js";
import { fewDigits, runFovea } from "../cli/run-fovea.js";

const fovea = fileURLToPath(new URL("../../dist/cli/fovea.js", import.meta.url));
let folder: string;
let studio: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-studio-command-"));
});
afterEach(() => {
  studio?.kill("SIGKILL");
  studio = undefined;
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

interface Started {
  readonly address: URL;
  readonly token: string;
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<number | null>;
}

async function start(...args: string[]): Promise<Started> {
  const env = { ...process.env, ...fewDigits({ train: 400, test: 100 }) };
  const child = spawn(process.execPath, [fovea, "studio", ...args], { cwd: folder, env });
  studio = child;
  const output = { stdout: "", stderr: "" };
  const ended = new Promise<number | null>((done) => child.on("close", done));
  await new Promise<void>((done) => {
    child.stdout.on("data", (chunk) => {
      output.stdout += chunk;
      if (output.stdout.includes("\n")) done();
    });
    child.stderr.on("data", (chunk) => {
      output.stderr += chunk;
    });
    void ended.then(() => done());
  });
  const address = new URL(output.stdout.trim());
  const token = new URLSearchParams(address.hash.split("?")[1]).get("token")!;
  return { address, token, output, ended };
}

it("prints its address alone, serves the page and ends by Ctrl-C", async () => {
  const { address, output, ended } = await start();
  expect(output.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#\/look\?token=[\w-]{32}\n$/);
  const answer = await fetch(address);
  expect(await answer.text()).toContain("<title>Fovea studio</title>");
  studio!.kill("SIGINT");
  expect(await ended).toBe(0);
  expect(output.stderr).toBe("the studio shows runs; press Ctrl-C to end it\n");
});

/** Begins trainings that do not end by themselves, and waits until each has ended an epoch. */
async function startTrainings({ address, token }: Started, count: number) {
  const headers = { [tokenHeader]: token };
  const post = (path: string, body: unknown) =>
    fetch(new URL(path, address), { method: "POST", headers, body: JSON.stringify(body) });
  const training = { model: "cnn", data: "digits", epochs: 100_000, seed: 1 };
  const begun = await Promise.all(
    Array.from({ length: count }, () => post("api/trainings", training)),
  );
  const paths = await Promise.all(begun.map(async (each) => (await each.json()).path as string));
  for (const path of paths) {
    await expect.poll(() => epochsOf(path), { timeout: 60_000 }).toBeGreaterThan(0);
  }
  expect((await post("api/control", { path: paths[0], action: "pause" })).status).toBe(204);
  return paths;
}

const recordOf = (path: string) => JSON.parse(readFileSync(join(folder, path, "run.json"), "utf8"));

function epochsOf(path: string): number {
  try {
    return recordOf(path).files.states.at(-1).epoch;
  } catch {
    return 0;
  }
}

const holderOf = (path: string): number =>
  JSON.parse(readFileSync(join(folder, path, "lock.json"), "utf8")).pid;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe.skipIf(process.platform === "win32")("with trainings, of which one is paused", () => {
  it("stops all after their epoch", async () => {
    writeFileSync(join(folder, "note.txt"), "");
    const started = await start(".");
    expect(started.address.hash).toMatch(/^#\/runs/);
    const paths = await startTrainings(started, 2);
    studio!.kill("SIGINT");
    expect(await started.ended).toBe(0);
    expect(started.output.stderr).toContain("stopping 2 trainings after the epoch");
    for (const path of paths) expect(recordOf(path).state).toBe("stopped");
  });

  it("leaves none behind when it is killed", async () => {
    const started = await start(".");
    const paths = await startTrainings(started, 2);
    const pids = paths.map(holderOf);
    expect(pids.filter(isAlive)).toEqual(pids);
    studio!.kill("SIGKILL");
    await started.ended;
    await expect.poll(() => pids.filter(isAlive), { timeout: 60_000 }).toEqual([]);
    const images = fewDigits({ train: 400, test: 100 });
    for (const path of paths) expect(runFovea(["evaluate", path], folder, images).code).toBe(0);
  });
});

it("says what is wrong with a folder or a port", async () => {
  writeFileSync(join(folder, "file"), "");
  const { port, close } = await takenPort();
  const lines = [
    [["nothing"], "fovea studio: expected DIR to be a folder, got nothing"],
    [["file"], "fovea studio: expected DIR to be a folder, got file"],
    [["--port", "0"], "fovea studio: expected --port to be a whole number of 1 or more, got 0"],
    [["--port", "70000"], "fovea studio: expected --port to be in 1..65535, got 70000"],
    [
      ["--port", `${port}`],
      `fovea studio: expected --port to be a free port, not ${port}, got one that another program has`,
    ],
  ] as const;
  for (const [args, line] of lines) {
    const { code, stderr, stdout } = runFovea(["studio", ...args], folder);
    expect({ code, stderr, stdout }).toEqual({ code: 2, stderr: `${line}\n`, stdout: "" });
  }
  close();
});

function takenPort(): Promise<{ port: number; close: () => void }> {
  const server = createServer();
  return new Promise((done) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      done({ port, close: () => void server.close() });
    });
  });
}
