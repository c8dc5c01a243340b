import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as library from "../../src/graph/ops/index.js";
import { libraryReference } from "../../studio/library-reference.js";

describe("the reference beside the editor", () => {
  const found = libraryReference();

  it("has every function that code of a network may call, and no other", () => {
    const ops = Object.entries(library).filter(([, value]) => typeof value === "function");
    const worker = readFileSync(
      new URL("../../studio/training/sandbox.worker.ts", import.meta.url),
      "utf8",
    );
    const own = /\.\.\.\{ (defineModel, .*?) \}/.exec(worker)![1]!.split(", ");
    expect(found.map(({ name }) => name).toSorted()).toEqual(
      [...ops.map(([name]) => name), ...own].toSorted(),
    );
  });

  it.each(found.map((each) => [each.name, each] as const))("says what %s does", (name, each) => {
    expect(each.text).toMatch(/\w{3}/);
    expect(each.text).not.toMatch(/\{@link|`/);
    expect(each.parameters).toMatch(/^\w/);
    expect(each.example).toContain(`${name}(`);
  });
});
