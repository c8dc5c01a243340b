import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import { countParameters } from "../../src/graph/graph.js";
import { graphHash } from "../../src/graph/graph-codec.js";
import type { ModelOptions } from "../../src/graph/model-options.js";
import { models } from "../../src/models/index.js";

const input = { channels: 1, rows: 28, columns: 28, classes: 10 };
const graphOf = (options: ModelOptions, shape = input) => models.looks.build(shape, options).graph;

describe("looks has the graph of", () => {
  it.each([
    ["cnn", {}],
    ["stn", { transformer: "affine" }],
    ["coordconv-stn", { transformer: "affine", coords: "everywhere" }],
    ["mha", { attention: "positions" }],
  ] as const)("%s with %j", (name, options) => {
    for (const shape of [input, { channels: 3, rows: 42, columns: 36, classes: 7 }]) {
      expect(graphHash(graphOf(options, shape))).toBe(graphHash(models[name].build(shape).graph));
    }
  });
});

describe("a switch of looks", () => {
  const opsOf = (options: ModelOptions) => graphOf(options).nodes.map(({ op }) => op);
  const namesOf = (options: ModelOptions) => graphOf(options).parameters.map(({ name }) => name);

  it.each([
    ["affine", "affineGrid", 6],
    ["projective", "projectiveGrid", 8],
    ["thin-plate", "thinPlateSplineGrid", 32],
  ])("transformer=%s samples by %s of %d numbers", (transformer, op, size) => {
    expect(opsOf({ transformer })).toContain(op);
    const bias = graphOf({ transformer }).parameters.find(({ name }) => name === "fc_loc.2.bias");
    expect(bias!.shape).toEqual([size]);
  });

  it("coords=first gives coordinates to the first layers alone", () => {
    const names = namesOf({ coords: "first", transformer: "affine" });
    expect(names.filter((name) => name.endsWith(".conv.weight"))).toEqual([
      "localization.0.conv.weight",
      "conv1.conv.weight",
    ]);
  });

  it.each([
    ["1", ["vit1"]],
    ["2", ["vit2"]],
    ["both", ["vit1", "vit2"]],
  ])("attentionAfter=%s puts attention there", (attentionAfter, blocks) => {
    const found = namesOf({ attention: "positions", attentionAfter });
    const prefixes = new Set(
      found.filter((name) => name.startsWith("vit")).map((name) => name.split(".")[0]),
    );
    expect([...prefixes]).toEqual(blocks);
  });

  it.each([1, 2, 5])("heads=%d", (heads) => {
    const { nodes } = graphOf({ attention: "positions", heads });
    const attention = nodes.filter(({ op }) => op === "scaledDotProductAttention");
    expect(attention.map(({ attributes }) => attributes)).toEqual([{ heads }, { heads }]);
  });

  it("dropout is the probability of both dropouts", () => {
    const { nodes } = graphOf({ dropout: 0.25 });
    const drops = nodes.filter(({ op }) => op.startsWith("dropout"));
    expect(drops.map(({ attributes }) => attributes)).toEqual([{ p: 0.25 }, { p: 0.25 }]);
  });

  it.each([
    [{ transformer: "on" }, "transformer to be off or affine or projective or thin-plate", "on"],
    [{ coords: "last" }, "coords to be nowhere or first or everywhere", "last"],
    [{ heads: 3 }, "heads to be 2 or 1 or 5", "3"],
    [{ heads: "2" }, "heads to be 2 or 1 or 5", "2"],
    [{ attentionAfter: "3" }, "attentionAfter to be both or 1 or 2", "3"],
  ])("refuses %j", (options, expected, got) => {
    const shown = typeof Object.values(options)[0] === "string" ? `"${got}"` : got;
    expect(() => graphOf(options)).toThrow(new InputError("looks", expected, shown));
  });
});

describe("match=true", () => {
  const mechanisms: ModelOptions[] = [
    {},
    { transformer: "affine" },
    { transformer: "projective" },
    { transformer: "thin-plate" },
    { coords: "first" },
    { coords: "everywhere" },
    { attention: "positions" },
    { attention: "positions", heads: 1, attentionAfter: "1" },
    { transformer: "affine", coords: "everywhere", attention: "positions" },
  ];
  const sides = [28, 42, 60];

  it.each(mechanisms.flatMap((options) => sides.map((side) => [options, side] as const)))(
    "%j on images of side %d: a plain network of nearly as many parameters",
    (options, side) => {
      const shape = { ...input, rows: side, columns: side };
      const wanted = countParameters(graphOf(options, shape));
      const plain = graphOf({ ...options, match: true }, shape);
      expect(Math.abs(countParameters(plain) / wanted - 1)).toBeLessThan(0.01);
      const ops = new Set(plain.nodes.map(({ op }) => op));
      expect([...ops].sort()).toEqual(
        [...new Set(models.cnn.build(shape).graph.nodes.map(({ op }) => op))].sort(),
      );
    },
  );

  it("is cnn where nothing is switched on", () => {
    expect(graphHash(graphOf({ match: true }))).toBe(graphHash(graphOf({})));
  });
});

it.each([30_000, 10_000, 3_000])(
  "small under %d has fewer parameters, and uses most of them",
  (under) => {
    const count = countParameters(models.small.build(input, { under }).graph);
    expect(count).toBeLessThan(under);
    expect(count).toBeGreaterThan(0.9 * under);
  },
);
