import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.js";
import { readBytes } from "../../src/files/read-file.node.js";
import { runFovea } from "../cli/run-fovea.js";

let folder: string;
const at = (name: string) => join(folder, name);
const read = (path: string) => () => readBytes(path, "a file of weights");
const refusal = (path: string, got: string) => new InputError(path, "a file of weights", got);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-read-file-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("readBytes", () => {
  test("reads a file, through a link too", () => {
    writeFileSync(at("file"), "abc");
    symlinkSync(at("file"), at("link"));
    expect(Buffer.from(readBytes(at("link"), "a file of weights")).toString()).toBe("abc");
  });

  test("says what is there in place of a file", () => {
    expect(read(at("nowhere"))).toThrow(refusal(at("nowhere"), "no such file or folder"));
    expect(read(folder)).toThrow(refusal(folder, "a folder"));
  });

  test("refuses a file that is too large for Node, before it is read", () => {
    writeFileSync(at("large"), "");
    truncateSync(at("large"), 3 * 2 ** 30);
    expect(read(at("large"))).toThrow(
      refusal(at("large"), "one of 3.0 GiB, where less than 2 GiB can be read"),
    );
  });

  // Without end would be /dev/zero; this one does no harm where it is read all the same.
  test.runIf(process.platform === "linux")("does not open devices", () => {
    symlinkSync("/dev/null", at("null"));
    expect(read(at("null"))).toThrow(refusal(at("null"), "a device"));
  });

  // In a process that can be ended: opening a pipe waits for its other end.
  test.runIf(process.platform === "linux")("does not open pipes", () => {
    expect(spawnSync("mkfifo", [at("pipe")]).status).toBe(0);
    const { code, stderr } = runFovea(["evaluate", "pipe"], folder);
    expect(stderr).toBe(
      "fovea evaluate: pipe: expected a safetensors or PyTorch file, got a pipe\n",
    );
    expect(code).toBe(2);
  });
});
