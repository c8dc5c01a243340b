import { describe, expect, it } from "vitest";
import { checkChoice, checkOptions, checkSeed, checkWhole, shown } from "../src/arguments.js";

describe("a value in a message", () => {
  it.each<[unknown, string]>([
    [undefined, "undefined"],
    [null, "null"],
    [-0.5, "-0.5"],
    [Number.NaN, "NaN"],
    [5n, "5n"],
    ["5", '"5"'],
    ["two\nlines", '"two\\nlines"'],
    [Symbol("s"), "a symbol"],
    [() => 0, "a function"],
    [[1, 2], "a list of 2"],
    [new Float32Array(3), "a Float32Array of 3"],
    [new Map([[1, 2]]), "a Map of 1"],
    [Object.create(null), "an object"],
  ])("%o", (value, text) => {
    expect(shown(value)).toBe(text);
  });
});

/** As plain JavaScript may pass it. */
const given = (options: unknown) => options as object;

describe("checks", () => {
  it.each<[string, () => void, string]>([
    [
      "a whole number of a least",
      () => checkWhole("f", "x", 1.5, 1),
      "f: expected x to be a whole number of 1 or more, got 1.5",
    ],
    [
      "a whole number of a range",
      () => checkWhole("f", "x", 4, 0, 3),
      "f: expected x to be a whole number in 0..3, got 4",
    ],
    [
      "a number, no text",
      () => checkWhole("f", "x", "1", 0),
      'f: expected x to be a whole number of 0 or more, got "1"',
    ],
    [
      "a seed",
      () => checkSeed("f", "seed", 2 ** 32),
      "f: expected seed to be a whole number in 0..4294967295, got 4294967296",
    ],
    [
      "a choice",
      () => checkChoice("f", "x", "c", ["a", "b"]),
      'f: expected x to be a or b, got "c"',
    ],
    [
      "a known option",
      () => checkOptions("f", given({ b: 1 }), ["a"]),
      "f: expected options a, got b",
    ],
    [
      "an option without a name",
      () => checkOptions("f", given({ "": 1 }), ["a"]),
      'f: expected options a, got ""',
    ],
    ["options", () => checkOptions("f", given(null), ["a"]), "f: expected options a, got null"],
  ])("%s", (_, check, message) => {
    expect(check).toThrow(new RegExp(`^${message.replace(/[.*+?()[\]]/g, "\\$&")}$`));
  });

  it("accept valid values", () => {
    checkWhole("f", "x", 3, 0, 3);
    checkWhole("f", "x", 0, 0);
    checkSeed("f", "seed", 2 ** 32 - 1);
    checkChoice("f", "x", "a", ["a", "b"]);
    expect(() => checkOptions("f", { a: undefined }, ["a"])).not.toThrow();
  });
});
