import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockFolder, lockName } from "../../src/files/folder-lock.node.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-lock-"));
  path = join(folder, lockName);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Leaves a lock that differs from this process's own. */
function leave(change: Record<string, unknown>): void {
  lockFolder(folder);
  const own = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...own, ...change }));
}

/** Takes the folder and gives it back. */
function take(): void {
  const lock = lockFolder(folder);
  lock.check();
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
}

const dead = spawnSync(process.execPath, ["--version"]).pid;

describe("a locked folder", () => {
  test("is refused, naming process, host and since when; then it is free again", () => {
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(
      new RegExp(
        `^${folder}: expected a folder that no other process writes to, got one in use by this process ${process.pid} on ${hostname()} since 20\\d\\d-.*Z$`,
      ),
    );
    lock.release();
    take();
  });

  test("of another process is refused", () => {
    leave({ pid: process.ppid, started: "" });
    expect(() => lockFolder(folder)).toThrow(`in use by process ${process.ppid} on `);
  });

  test("of another host is refused, with what to do", () => {
    leave({ host: "elsewhere\u001b[31m", pid: 1 });
    expect(() => lockFolder(folder)).toThrow(
      new RegExp(`process 1 on elsewhere\\?\\?31m since .*Z; if it has ended, remove ${path}$`),
    );
  });

  test("that lost its lock is not written to any more", () => {
    const lock = lockFolder(folder);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace(/"token": "../, '"token": "xx'));
    expect(lock.check).toThrow(`${path}: expected the lock of this process, got `);
    // It is another's now.
    lock.release();
    rmSync(path);
    expect(lock.check).toThrow("got none");
  });
});

test("a lock that another process moves away to look at it, and back, is still held", async () => {
  const lock = lockFolder(folder);
  renameSync(path, `${path}.aside`);
  // Checking waits without letting this thread do anything else.
  const back = `setTimeout(() => require("fs").renameSync("${path}.aside", "${path}"), 30)`;
  const other = spawn(process.execPath, ["-e", `console.log(); ${back}`]);
  await once(other.stdout, "data");
  lock.check();
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

describe("a lock that was left", () => {
  test.each<[string, Record<string, unknown>]>([
    ["by a process that has ended", { pid: dead, started: "" }],
    ["before the machine started", { boot: "another" }],
  ])("%s is taken over", (_, change) => {
    leave(change);
    take();
  });

  test.runIf(process.platform === "linux")("is taken over where its number is in use again", () => {
    leave({ pid: process.ppid, started: "1" });
    take();
  });

  test.each(["", "{", "null", '{"pid": "1"}'])("half written, as %j, is taken over", (text) => {
    writeFileSync(path, text);
    take();
  });
});

test("kill -9 leaves a lock that is taken over, while the process lived it was not", async () => {
  const module = fileURLToPath(new URL("../../dist/files/folder-lock.node.js", import.meta.url));
  const script = `import { lockFolder } from ${JSON.stringify(module)};
    lockFolder(${JSON.stringify(folder)}); console.log("locked"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
  await once(child.stdout, "data");
  expect(() => lockFolder(folder)).toThrow(`in use by process ${child.pid} on `);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(existsSync(path)).toBe(true);
  take();
});
