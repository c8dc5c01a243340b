import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.js";
import { readSettings, writeSettings } from "../../src/runs/reproduction.node.js";

const settings = {
  format: 1,
  epochs: 2,
  seed: 0,
  models: ["cnn", "stn"],
  batchSize: 64,
  learningRate: 0.01,
  data: { choice: "digits", name: "digits", digest: "06b0d1f1" },
} as const;

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-reproduction-"));
  path = join(folder, "reproduce.json");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What reading these bytes gives: the settings, or the line that refuses them. */
function read(bytes: string | Uint8Array): unknown {
  writeFileSync(path, bytes);
  try {
    return readSettings(folder);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

function written(): Buffer {
  writeSettings(folder, { ...settings, models: [...settings.models] });
  return readFileSync(path);
}

describe("reproduce.json", () => {
  test("is read as it was written", () => {
    expect(read(written())).toEqual(settings);
  });

  test("with any bit changed, but in the space between members, is refused in a line", () => {
    const bytes = written();
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const at = bit >> 3;
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1 << (bit & 7);
      const space = [changed, bytes].every((each) =>
        /^[ \t\r\n]$/.test(String.fromCharCode(each[at]!)),
      );
      if (space) expect(read(changed)).toEqual(settings);
      else
        expect(read(changed), changed.toString()).toMatch(
          /^.*reproduce.json: expected .*, got .*$/,
        );
    }
  });

  test.each([
    ["a changed value", { seed: 1 }],
    ["one member more", { later: 1 }],
    ["one member less", { learningRate: undefined }],
    ["a changed member of a member", { data: { ...settings.data, choice: "mnist" } }],
    ["an empty checksum", { checksum: "" }],
    ["a checksum of another kind", { checksum: null }],
  ])("with %s is refused", (_, change) => {
    const changed = { ...JSON.parse(written().toString()), ...change };
    expect(read(JSON.stringify(changed))).toMatch(/^.*reproduce.json: expected .*, got .*$/);
  });

  test("of an earlier version has no checksum, and is read", () => {
    expect(read(JSON.stringify(settings))).toEqual(settings);
    const { name: _, ...data } = settings.data;
    expect(read(JSON.stringify({ ...settings, data }))).toEqual({ ...settings, data });
  });

  test("without a checksum and with a member that is not known is refused", () => {
    expect(read(JSON.stringify({ ...settings, chfcksum: "0" }))).toContain('"chfcksum"');
  });

  test("of a later version may have more members", () => {
    const later = { ...settings, later: 1, models: [...settings.models] };
    writeSettings(folder, later);
    expect(readFileSync(path, "utf8")).toContain("later");
    expect(readSettings(folder)).toEqual(settings);
  });
});
