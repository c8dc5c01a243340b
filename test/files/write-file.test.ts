import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.js";
import { createFolder, inRealFolder, removeIfEmpty } from "../../src/files/folders.node.js";
import { operations } from "../../src/files/operations.node.js";
import { readBytes } from "../../src/files/read-file.node.js";
import {
  appendTo,
  isTemporary,
  openGrowing,
  temporaryPath,
  writeAtomically,
  writeNew,
} from "../../src/files/write-file.node.js";
import { allOperations, failAt, restoreOperations } from "./faults.js";

let folder: string;
let outside: string;
const at = (name: string) => join(folder, name);

beforeEach(() => {
  const parent = mkdtempSync(join(tmpdir(), "fovea-write-file-"));
  folder = join(parent, "folder");
  outside = join(parent, "outside");
  mkdirSync(folder);
  mkdirSync(outside);
  writeFileSync(join(outside, "file"), "theirs");
});
afterEach(() => {
  restoreOperations();
  rmSync(join(folder, ".."), { recursive: true });
});

const theirs = () => readFileSync(join(outside, "file"), "utf8");

/** Makes a pipe whose other end nobody opens. */
function pipe(): string {
  expect(spawnSync("mkfifo", [at("pipe")]).status).toBe(0);
  return at("pipe");
}

describe("symbolic links", () => {
  test("in a file's place are replaced, never followed", () => {
    symlinkSync(join(outside, "file"), at("a"));
    writeAtomically(at("a"), "ours");
    expect(readFileSync(at("a"), "utf8")).toBe("ours");
    expect(theirs()).toBe("theirs");
  });

  test("in the place of the temporary file of version 0.3 are not followed", () => {
    symlinkSync(join(outside, "file"), at("a.tmp"));
    writeAtomically(at("a"), "ours");
    expect(theirs()).toBe("theirs");
  });

  test("are not appended to, grown or created through", () => {
    symlinkSync(join(outside, "file"), at("a"));
    symlinkSync(join(outside, "new"), at("b"));
    expect(() => appendTo(at("a"), "x", 6)).toThrow(`${at("a")}: expected a file that can be`);
    expect(() => openGrowing(at("a"), "append")).toThrow("ELOOP");
    expect(() => openGrowing(at("a"), "replace")).toThrow("ELOOP");
    expect(writeNew(at("b"), "x")).toBe(false);
    expect(theirs()).toBe("theirs");
    expect(readdirSync(outside)).toEqual(["file"]);
  });

  test.each(["", "/"])("in a folder's place are refused, with %j at the end", (end) => {
    symlinkSync(outside, at("figures"));
    const link = `${at("figures")}${end}`;
    const refused = "expected a folder that can be written, got a symbolic link; name its target";
    expect(() => createFolder(link)).toThrow(refused);
    expect(() => writeAtomically(join(link, "file"), "ours")).toThrow(refused);
    expect(() => openGrowing(join(link, "file"), "replace")).toThrow(refused);
    expect(readdirSync(outside)).toEqual(["file"]);
    expect(theirs()).toBe("theirs");
  });

  test("above a file that people name are theirs to choose", () => {
    symlinkSync(outside, at("link"));
    writeAtomically(inRealFolder(join(at("link"), "new")), "ours");
    expect(readFileSync(join(outside, "new"), "utf8")).toBe("ours");
  });
});

describe.runIf(process.platform === "linux")("a pipe", () => {
  test("is not waited for", () => {
    const path = pipe();
    expect(() => readBytes(path, "a file")).toThrow(`${path}: expected a file, got a pipe`);
    expect(() => appendTo(path, "x", 0)).toThrow(`${path}: expected a file that can be written`);
    expect(() => openGrowing(path, "replace")).toThrow("ENXIO");
    writeAtomically(path, "ours");
    expect(readFileSync(path, "utf8")).toBe("ours");
  });

  test("that takes a file's place after the first look is not read", () => {
    const path = pipe();
    writeFileSync(at("file"), "");
    operations.statSync = ((_: string) => operations.lstatSync(at("file"))) as never;
    expect(() => readBytes(path, "a file")).toThrow(`${path}: expected a file, got a pipe`);
  });
});

describe("temporary files", () => {
  test("have names of their own, which are told from others", () => {
    const names = Array.from({ length: 100 }, () => temporaryPath(at("a")));
    expect(new Set(names).size).toBe(100);
    expect(names.every((name) => isTemporary(name))).toBe(true);
    expect(isTemporary("a.tmp")).toBe(false);
    expect(isTemporary("metrics.csv")).toBe(false);
    // However long the file's name is.
    const long = "x".repeat(255);
    writeAtomically(at(long), "ours");
    expect(readdirSync(folder)).toEqual([long]);
  });

  test("of processes that have ended are removed, those of others stay", () => {
    const own = temporaryPath(at("a"));
    const parts = /^(.*)-(\d+)-([0-9a-f]{8})-([0-9a-f]{16}\.tmp)$/.exec(own)!;
    const [, host, pid, start, rest] = parts;
    const dead = `${host}-${2 ** 22 + 1}-${start}-${rest}`;
    // The number is in use again, by a process that started later.
    const reused = `${host}-${pid}-00000000-${rest}`;
    const elsewhere = `${at("a")}.00000000-${2 ** 22 + 1}-${start}-${rest}`;
    const users = at("notes.tmp");
    for (const path of [own, dead, reused, elsewhere, users]) writeFileSync(path, "");
    createFolder(folder);
    const left = [own, elsewhere, users, ...(process.platform === "linux" ? [] : [reused])];
    expect(readdirSync(folder).map(at).sort()).toEqual(left.sort());
  });

  test.each(["ENOSPC", "EIO"])("are gone after %s, and the old file is whole", (code) => {
    writeFileSync(at("a"), "old");
    for (let step = 0; step < 20; step++) {
      const operationsDone = failAt(step, code);
      let error: unknown;
      try {
        writeAtomically(at("a"), "new");
      } catch (caught) {
        error = caught;
      }
      if (operationsDone() <= step) break;
      restoreOperations();
      const got = code === "EIO" ? "a disk that failed (EIO)" : "a full disk";
      expect(String(error)).toContain(
        `${at("a")}: expected a file that can be written, got ${got}`,
      );
      expect(["old", "new"]).toContain(readFileSync(at("a"), "utf8"));
      expect(readdirSync(folder)).toEqual(["a"]);
    }
    expect(readFileSync(at("a"), "utf8")).toBe("new");
  });

  test("that cannot be removed do not hide why they are left", () => {
    const fail = (code: string) => () => {
      throw Object.assign(new Error(code), { code, syscall: "x" });
    };
    operations.fsyncSync = fail("ENOSPC");
    operations.closeSync = fail("EIO");
    operations.unlinkSync = fail("EROFS");
    expect(() => writeAtomically(at("a"), "new")).toThrow("got a full disk");
    expect(existsSync(at("a"))).toBe(false);
  });
});

describe("writeNew", () => {
  test("leaves no part of a file where the system refuses it", () => {
    for (let step = 0; ; step++) {
      const operationsDone = failAt(step, "ENOSPC");
      let error: unknown;
      try {
        writeNew(at("new"), "ours");
      } catch (caught) {
        error = caught;
      }
      const done = operationsDone();
      restoreOperations();
      if (done <= step) break;
      expect(String(error)).toContain(`${at("new")}: expected a file that can be written, got a`);
      expect(readdirSync(folder)).toEqual([]);
    }
    expect(readFileSync(at("new"), "utf8")).toBe("ours");
  });

  test("leaves a file that was there, whatever the system refuses", () => {
    writeFileSync(at("new"), "another's");
    expect(writeNew(at("new"), "ours")).toBe(false);
    operations.openSync = () => {
      throw Object.assign(new Error("full"), { code: "ENOSPC", syscall: "open" });
    };
    expect(() => writeNew(at("new"), "ours")).toThrow("got a full disk");
    expect(readFileSync(at("new"), "utf8")).toBe("another's");
  });
});

describe("folders", () => {
  test.each([
    ["are created", createFolder],
    ["are removed where they are empty", removeIfEmpty],
  ])("%s: every operation that is refused, reading ones too, is one line or nothing", (_, act) => {
    for (let step = 0; ; step++) {
      const path = at(`${step}`);
      mkdirSync(path);
      writeFileSync(temporaryPath(join(path, "a")), "");
      const operationsDone = failAt(step, "EROFS", { names: allOperations });
      let error: unknown;
      try {
        act(path);
      } catch (caught) {
        error = caught;
      }
      const done = operationsDone();
      restoreOperations();
      if (error !== undefined) expect(error).toBeInstanceOf(InputError);
      if (done <= step) break;
    }
  });
});
