import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../src/", import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".ts"));
const textOf = (file: string) => readFileSync(root + file, "utf8");

/** The commands of a paper. */
const commands = /^cli\/(?:commands|actions)\/(?:claims|reproduce)\.ts$/;
const isPapers = (file: string) => file.startsWith("papers/");

/** The files of src/ that a file imports, types included. */
function imports(file: string): string[] {
  return ts
    .preProcessFile(textOf(file))
    .importedFiles.filter(({ fileName }) => fileName.startsWith("."))
    .map(({ fileName }) => new URL(fileName, `file:///${file}`).pathname.slice(1));
}

describe("a paper is named only in its own room", () => {
  it("found the sources", () => {
    expect(files.length).toBeGreaterThan(200);
    expect(files.some((file) => commands.test(file))).toBe(true);
    expect(imports("papers/index.ts")).toContain("papers/arslan-2021/annotations.node.js");
  });

  it.each(files.filter((file) => !isPapers(file) && !commands.test(file)))("%s", (file) => {
    const text = textOf(file);
    const names = file.startsWith("models/")
      ? /arslan|7,?690|37,?834/i
      : /arslan|coordconv-stn|mha-batch|7,?690|37,?834/i;
    expect(text).not.toMatch(names);
    // Studies of a user's own have files of their own.
    const isOwnStudy = /study|compare/.test(file);
    expect(text).not.toMatch(
      isOwnStudy ? /\bthe published study\b/i : /\bthe (?:published )?study\b/i,
    );
    // The registry says what papers have to say, without a name.
    const asked = imports(file).filter(isPapers);
    expect(asked.filter((each) => each !== "papers/index.js")).toEqual([]);
    if (!/^(?:cli\/|studio-server\/|node\.ts$)/.test(file)) expect(asked).toEqual([]);
  });

  it.each(files.filter(isPapers))("%s needs nothing of the command line", (file) => {
    expect(imports(file).filter((each) => each.startsWith("cli/"))).toEqual([]);
  });
});
