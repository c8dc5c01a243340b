import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.js";
import { writeSafetensors } from "../../src/formats/safetensors.js";
import { readWeights } from "../../src/runs/weights-file.node.js";

const fixtures: Record<string, string> = JSON.parse(
  readFileSync(new URL("../formats/pytorch-fixtures.json", import.meta.url), "utf8"),
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-weights-file-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string | Uint8Array): string {
  const path = join(folder, "weights");
  writeFileSync(path, content);
  return path;
}

describe("readWeights", () => {
  test("names the entry of a PyTorch file that it took", () => {
    const { entry, integers } = readWeights(file(Buffer.from(fixtures.checkpoint!, "base64")));
    expect(entry).toBe("model");
    expect([...integers.keys()]).toEqual(["1.num_batches_tracked"]);
    expect(readWeights(file(Buffer.from(fixtures.stateDict!, "base64"))).entry).toBeUndefined();
  });

  test.each([
    ["", "an empty file"],
    ["hello world\n", "neither"],
    ["short", "neither"],
    ["\0".repeat(1000), "neither"],
  ])("of %j says which files it reads", (content, got) => {
    const path = file(content);
    expect(() => readWeights(path)).toThrow(
      new InputError(path, "a safetensors or PyTorch file", got),
    );
  });

  test("says what is wrong with a file that may be meant as safetensors", () => {
    const tensor = { shape: [2], values: new Float32Array(2) };
    const whole = writeSafetensors(new Map([["w", tensor]]));
    const cut = file(whole.subarray(0, 40));
    expect(() => readWeights(cut)).toThrow(
      "expected a safetensors header of at most 32 bytes, got",
    );
    const other = whole.slice();
    other[8] = 0x78;
    const damaged = file(other);
    expect(() => readWeights(damaged)).toThrow("expected a safetensors header in JSON, got other");
  });
});
