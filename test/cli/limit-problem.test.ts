import { expect, test } from "vitest";
import { limitProblem } from "../../src/cli/limit-problem.js";

test.each([
  ["EMFILE", "files that can be opened, got too many open files (ulimit -n raises the limit)"],
  ["ENFILE", "files that can be opened, got too many open files on this machine"],
  ["EAGAIN", "threads that can be started, got too many processes (ulimit -u raises the limit)"],
  ["ENOSPC", "a disk with room, got a full disk"],
  ["EDQUOT", "a disk with room, got a full quota of the disk"],
  ["EIO", "a disk that can be read and written, got a disk that failed (EIO)"],
])("%s: expected %s", (code, text) => {
  const error = Object.assign(new Error(code), { code });
  expect(limitProblem(error)).toBe(`machine: expected ${text}`);
});

test("other errors are none of the machine's", () => {
  expect(limitProblem(Object.assign(new Error("x"), { code: "ENOENT" }))).toBeUndefined();
  expect(limitProblem(new Error("ENOSPC"))).toBeUndefined();
});
