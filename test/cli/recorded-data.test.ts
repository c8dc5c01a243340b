import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { recordedData } from "../../src/cli/recorded-data.js";
import { InputError } from "../../src/errors.js";

describe("the data of a run are found again", () => {
  it.each([
    ["by their folder", { name: "mnist", source: tmpdir() }, resolve(tmpdir())],
    ["by their name, where the folder was moved", { name: "mnist", source: "/moved" }, "mnist"],
    ["by their name, where they are built in", { name: "digits", source: "digits" }, "digits"],
    ["by a name of fewer digits", { name: "digits-30-20", source: "built in" }, "digits-30-20"],
  ])("%s", (_, data, choice) => {
    expect(recordedData(data)).toBe(choice);
  });

  it("not where a program made them: the error says what can", () => {
    expect(() => recordedData({ name: "shapes", source: "my-folder" })).toThrow(
      new InputError(
        "data",
        "a run on mnist, digits, fashion-mnist, kmnist, mnist-r, mnist-rts, mnist-p, mnist-e, mnist-cluttered or mnist-rot-12k, or data whose path is still there, or --data",
        '"shapes", a program\'s own data (use evaluate, audit or recordTraining of the library)',
      ),
    );
  });
});
