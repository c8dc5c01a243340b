import { describe, expect, test } from "vitest";
import { unpack } from "../../src/data/gzip.js";
import { gzip, inputError } from "./mnist-fixtures.js";

const content = Uint8Array.from({ length: 300_000 }, (_, index) => (index * index) % 251);

describe("unpack", () => {
  test("leaves plain bytes as they are", async () => {
    expect(await unpack(content, "f")).toBe(content);
  });

  test("unpacks gzip", async () => {
    expect(Buffer.compare(await unpack(gzip(content), "f"), content)).toBe(0);
  });

  test("refuses a stream that was cut", async () => {
    const packed = gzip(content);
    await expect(unpack(packed.subarray(0, packed.length - 9), "f.gz")).rejects.toThrow(
      inputError("f.gz: expected an intact gzip stream, got a corrupted or cut one"),
    );
  });

  test("refuses a stream with a changed byte", async () => {
    const packed = gzip(content);
    packed[packed.length - 6]! ^= 1; // in the checksum
    await expect(unpack(packed, "f.gz")).rejects.toThrow(
      inputError("f.gz: expected an intact gzip stream, got a corrupted or cut one"),
    );
  });

  test("refuses two bytes that only begin like gzip", async () => {
    await expect(unpack(Uint8Array.of(0x1f, 0x8b), "f.gz")).rejects.toThrow(
      inputError("f.gz: expected an intact gzip stream, got a corrupted or cut one"),
    );
  });

  test("stops a small file that unpacks to too much", async () => {
    const bomb = gzip(new Uint8Array(50_000_000));
    expect(bomb.length).toBeLessThan(500_000);
    await expect(unpack(bomb, "f.gz", 1_000_000)).rejects.toThrow(
      inputError("f.gz: expected at most 1000000 bytes when unpacked, got more"),
    );
    expect((await unpack(bomb, "f.gz", 50_000_000)).length).toBe(50_000_000);
  });
});
