import { describe, expect, it } from "vitest";
import { mapNames, parseMapping } from "../../src/runs/weight-names.js";

const weightsOf = (...names: string[]) => ({
  parameters: new Map(
    names.map((name, at) => [name, { shape: [1], values: Float32Array.of(at) }] as const),
  ),
  integers: new Map(),
  metadata: {},
});

const mapped = (mapping: object, ...names: string[]) => [
  ...mapNames(
    weightsOf(...names),
    parseMapping(JSON.stringify(mapping), "map.json"),
    "map.json",
  ).parameters.keys(),
];

describe("a mapping of names", () => {
  it("gives names, with what * stood for, by the first rule that fits", () => {
    const mapping = { "stem.0.weight": "conv1.weight", "stem.*": "rest.*", "b*.c*": "*/*" };
    expect(mapped(mapping, "stem.0.weight", "stem.0.bias", "b12.conv", "head")).toEqual([
      "conv1.weight",
      "rest.0.bias",
      "12/onv",
      "head",
    ]);
  });

  it("leaves out what is mapped to null, and takes other characters as they are", () => {
    expect(mapped({ "aux.*": null, "a+b(c)[0]": "x" }, "aux.fc", "a+b(c)[0]")).toEqual(["x"]);
  });

  it.each([
    [{ "a.*": "b" }, /"a\.\*" and its name here to have as many \*/],
    [{ "no.*": "b.*" }, /expected a tensor with a name like "no\.\*", got "a\.x", "a\.y"/],
    [{ "a.*": "b.*", "a.z": "b.z", c: "b.x" }, /"b\.x" for one, got "a\.x" and "c"/],
    [{ a: 1 }, /map\.json: expected valid content/],
    [[1], /map\.json: expected valid content/],
  ])("%j is refused", (mapping, message) => {
    expect(() => mapped(mapping, "a.x", "a.y", "c")).toThrow(message);
  });
});
