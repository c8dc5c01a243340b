import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dirname, normalize } from "node:path/posix";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** Texts of source files by their path from src/, such as `graph/graph.ts`. */
export type Tree = ReadonlyMap<string, string>;

/** The files of src/. */
export function readTree(): Map<string, string> {
  const root = fileURLToPath(new URL("../../src", import.meta.url));
  const names = readdirSync(root, { recursive: true, encoding: "utf8" });
  const paths = names
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".ts"));
  return new Map(paths.sort().map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

/** Keeps what a function finds in a file for as long as its text is the same: most rules look at all files. */
export function remembered<Found>(find: (path: string, text: string) => Found) {
  const known = new Map<string, { readonly text: string; readonly found: Found }>();
  return (path: string, text: string): Found => {
    const before = known.get(path);
    if (before?.text === text) return before.found;
    const found = find(path, text);
    known.set(path, { text, found });
    return found;
  };
}

/** A file's syntax. */
export const parsed = remembered((path, text) =>
  ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
);

const importedNames = remembered((_, text) =>
  ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName),
);

/** What a file imports: paths from src/ where it is one of the tree's, else the specifier. */
export function importsOf(tree: Tree, path: string): string[] {
  return importedNames(path, tree.get(path)!).map((fileName) => {
    if (!fileName.startsWith(".")) return fileName;
    return normalize(join(dirname(path), fileName)).replace(/\.js$/, ".ts");
  });
}

/** The first part of a file's path; a file of src/ itself is a room of its own. */
export function roomOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : path;
}
