import { describe, expect, it } from "vitest";
import { type ChosenFile, namedFiles } from "../../studio/shell/chosen-files.js";

const file = new File([], "any");
const all = (...paths: string[]): ChosenFile[] => paths.map((path) => ({ file, path }));

describe("files that were chosen or dropped", () => {
  it.each([
    ["of one folder", ["cats/a/1.png", "cats/b/1.png"], "cats", ["a/1.png", "b/1.png"]],
    ["a zip file", ["cats.zip"], "cats.zip", ["cats.zip"]],
    ["several files", ["images.npy", "labels.npy"], "images.npy", ["images.npy", "labels.npy"]],
    ["two folders", ["cats/1.png", "dogs/1.png"], "cats", ["cats/1.png", "dogs/1.png"]],
    [
      "a file beside a folder",
      ["notes.txt", "cats/1.png"],
      "notes.txt",
      ["notes.txt", "cats/1.png"],
    ],
    ["none", [], "files", []],
  ])("%s", (_, paths, name, inside) => {
    const found = namedFiles(all(...paths));
    expect(found.name).toBe(name);
    expect(found.files.map(({ path }) => path)).toEqual(inside);
  });
});
