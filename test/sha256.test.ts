import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256, sha256InJavaScript } from "../src/sha256.js";

describe.each([
  ["by the platform", sha256],
  ["in JavaScript", sha256InJavaScript],
])("%s", (_, digest) => {
  test("the standard's own examples", () => {
    const text = (value: string) => new TextEncoder().encode(value);
    expect(digest(text("abc"))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    expect(digest()).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  test("agrees with Node's, however the bytes are cut into parts", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 }), (parts) => {
        const expected = createHash("sha256").update(Buffer.concat(parts)).digest("hex");
        expect(digest(...parts)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test("reads memory that threads share", () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, at) => at);
    const shared = new Uint8Array(new SharedArrayBuffer(310), 7, 300);
    shared.set(bytes);
    expect(digest(shared)).toBe(digest(bytes));
  });
});
