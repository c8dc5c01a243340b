import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import { GraphBuilder, type Tensor } from "../../src/graph/builder.js";
import type { Shape } from "../../src/graph/graph.js";
import { encodeGraph } from "../../src/graph/graph-codec.js";
import { imageInput } from "../../src/graph/inputs.js";
import { add } from "../../src/graph/ops/add.js";
import { affineGrid } from "../../src/graph/ops/affine-grid.js";
import { type AttributeRule, applyRules } from "../../src/graph/ops/attributes.js";
import { batchAttention } from "../../src/graph/ops/batch-attention.js";
import { conv2d } from "../../src/graph/ops/conv2d.js";
import { coordConv2d } from "../../src/graph/ops/coord-conv2d.js";
import { gridSample } from "../../src/graph/ops/grid-sample.js";
import { type OpName, ops } from "../../src/graph/ops/index.js";
import { linear, packedLinear } from "../../src/graph/ops/linear.js";
import { maxPool2d } from "../../src/graph/ops/max-pool2d.js";
import { relu } from "../../src/graph/ops/relu.js";
import { scaledDotProductAttention } from "../../src/graph/ops/scaled-dot-product-attention.js";
import { modelNames } from "../../src/models/index.js";
import { graphOf } from "../models/graph-of.js";
import { casesOf } from "./cases/index.js";
import { buildGraph } from "./op-case.js";
import { valuesInput } from "./values-input.js";

const names = Object.keys(ops) as OpName[];

/** What the op's rules make of attributes. */
function checkOf(op: OpName, given: unknown): object {
  return applyRules<object>(op, ops[op].attributes as never, given);
}

function inputError(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
  throw new Error("nothing was thrown");
}

/** Inputs of these shapes in one new graph. */
function inputs(...shapes: readonly Shape[]): Tensor[] {
  const builder = new GraphBuilder();
  return shapes.map((shape, index) => valuesInput(builder, `x${index}`, shape));
}

const one = (shape: Shape) => inputs(shape)[0]!;

describe("attributes", () => {
  type Given = Readonly<Record<string, unknown>>;
  /** Those that an op has in its first case. */
  function attributesIn(op: OpName): Given {
    const { nodes } = buildGraph(casesOf(op)[0]!);
    return nodes.find((node) => node.op === op)!.attributes as Given;
  }

  describe.each(names)("%s", (op) => {
    const good = attributesIn(op);
    const known = Object.keys(ops[op].attributes);
    const list = known.length === 0 ? "no attributes" : `attributes ${known.join(", ")}`;

    it("takes what its rules name, and nothing else", () => {
      expect(checkOf(op, good)).toEqual(good);
      expect(known).toEqual(expect.arrayContaining(Object.keys(good)));
      const check = (given: unknown) => inputError(() => checkOf(op, given));
      expect(check({ ...good, colour: 1 })).toBe(`${op}: expected ${list}, got colour`);
      expect(check({ ...good, toString: 1 })).toBe(`${op}: expected ${list}, got toString`);
      expect(check(undefined)).toBe(`${op}: expected ${list}, got nothing`);
      expect(check([])).toBe(`${op}: expected ${list}, got []`);
    });

    for (const name of known) {
      it(`refuses other values of ${name}`, () => {
        const rule = ops[op].attributes[name as never] as AttributeRule<unknown>;
        for (const [value, shown] of [
          [null, "null"],
          ["3", '"3"'],
          [{ size: 3 }, '{"size":3}'],
          [Number.NaN, "NaN"],
          ...(rule.allows(-1) ? [] : [[-1, "-1"] as const]),
        ] as const) {
          expect(inputError(() => checkOf(op, { ...good, [name]: value }))).toBe(
            `${op}: expected ${name} ${rule.allowed}, got ${shown}`,
          );
        }
      });

      it(`takes the default of ${name}, leaves it out, or asks for it`, () => {
        const rule = ops[op].attributes[name as never] as AttributeRule<unknown>;
        const { [name]: _, ...others } = good;
        for (const given of [others, { ...others, [name]: undefined }]) {
          if (rule.allows(undefined)) expect(checkOf(op, given)).toEqual(others);
          else if (rule.default !== undefined) {
            expect(checkOf(op, given)).toEqual({ ...good, [name]: rule.default });
          } else {
            expect(
              inputError(() => applyRules<object>(op, ops[op].attributes as never, given)),
            ).toBe(`${op}: expected ${name} ${rule.allowed}, got nothing`);
          }
        }
      });
    }
  });

  it("are defaults only where older graphs may lack them", () => {
    const defaults = names.flatMap((op) =>
      Object.entries(ops[op].attributes).flatMap(([name, rule]) =>
        "default" in rule && !("isLater" in rule) ? [[op, name, rule.default]] : [],
      ),
    );
    expect(defaults).toEqual([
      ["linear", "rowOffset", 0],
      ["linear", "bias", true],
      ["affineGrid", "alignCorners", false],
      ["gridSample", "alignCorners", false],
    ]);
  });

  it("are left out of a stored graph where older graphs lack them", () => {
    const encoded = (options: object) => {
      const x = imageInput([1, 6, 6]);
      const y = conv2d(x, "a", { outChannels: 2, kernelSize: 3, ...options });
      return encodeGraph(x.builder.finish(y)).nodes[1]!.attributes;
    };
    expect(encoded({ stride: 1, padding: 0 })).toEqual({ outChannels: 2, kernelSize: 3 });
    expect(encoded({ padding: 1 })).toEqual({ outChannels: 2, kernelSize: 3, padding: 1 });
  });

  const map: Shape = [4, 6, 6];
  const unknown: readonly (readonly [message: string, build: () => Tensor])[] = [
    [
      "conv2d: expected options outChannels, kernelSize, stride, padding, dilation, groups, bias, initialization, share, got paddingMode",
      () =>
        conv2d(one(map), "a", {
          ...{ outChannels: 4, kernelSize: 3 },
          paddingMode: "reflect",
        } as never),
    ],
    [
      "coordConv2d: expected options outChannels, kernelSize, stride, padding, dilation, groups, bias, initialization, share, got withR",
      () => coordConv2d(one(map), "a", { outChannels: 4, kernelSize: 3, withR: true } as never),
    ],
    [
      "linear: expected options outFeatures, bias, initialization, share, got activation",
      () => linear(one([4]), "a", { outFeatures: 4, activation: "relu" } as never),
    ],
    [
      "packedLinear: expected options index, slices, outFeatures, share, got bias",
      () =>
        packedLinear(one([4]), { weight: "w", bias: "b" }, {
          ...{ index: 0, slices: 3, outFeatures: 4 },
          bias: false,
        } as never),
    ],
    [
      "packedLinear: expected attributes weight, bias, got wieght",
      () =>
        packedLinear(one([4]), { wieght: "w", bias: "b" } as never, {
          ...{ index: 0, slices: 3, outFeatures: 4 },
        }),
    ],
    [
      "affineGrid: expected attributes rows, columns, alignCorners, got align_corners",
      () => affineGrid(one([6]), { rows: 2, columns: 2, align_corners: true } as never),
    ],
    [
      "gridSample: expected attributes alignCorners, paddingMode, got mode",
      () => {
        const [x, grid] = inputs(map, [2, 3, 3]);
        return gridSample(x!, grid!, { mode: "nearest" } as never);
      },
    ],
    ...[scaledDotProductAttention, batchAttention].map((attention) => {
      const build = () => {
        const x = one(map);
        return attention(x, x, x, { heads: 2, dropout: 0.1 } as never);
      };
      return [`${attention.name}: expected attributes heads, got dropout`, build] as const;
    }),
  ];

  it.each(unknown)("%s", (message, build) => {
    expect(inputError(build)).toBe(message);
  });
});

describe("parameters", () => {
  const initialization = { kind: "constant", value: 0 } as const;
  const given = (shapes: readonly Shape[]) =>
    shapes.map((shape, index) => ({ name: `p${index}`, shape, initialization }));

  const layer = { outFeatures: 3, rowOffset: 2, bias: true };
  const conv = { outChannels: 3, kernelSize: 2 };
  const wrong: readonly (readonly [string, OpName, readonly Shape[], object, readonly Shape[]])[] =
    [
      ["expected parameters [3, 4, 2, 2] and [3], got none", "conv2d", [[4, 5, 5]], conv, []],
      [
        "expected parameters [3, 4, 2, 2] and [3], got [3, 4, 2, 2]",
        "conv2d",
        [[4, 5, 5]],
        conv,
        [[3, 4, 2, 2]],
      ],
      [
        "expected parameters [3, 4, 2, 2] and [3], got [3, 4, 2, 2] and [4]",
        "conv2d",
        [[4, 5, 5]],
        conv,
        [[3, 4, 2, 2], [4]],
      ],
      [
        "expected parameters [3, 6, 2, 2] and [3], got [3, 4, 2, 2] and [3]",
        "coordConv2d",
        [[4, 5, 5]],
        conv,
        [[3, 4, 2, 2], [3]],
      ],
      [
        "expected parameters [rows, 4] and [rows] with rows of 5 or more, got [4, 4] and [4]",
        "linear",
        [[4]],
        layer,
        [[4, 4], [4]],
      ],
      [
        "expected parameters [rows, 4] with rows of 5 or more, got none",
        "linear",
        [[4]],
        { ...layer, bias: false },
        [],
      ],
      [
        "expected parameters [6, 4] and [6], got [6, 3] and [6]",
        "linear",
        [[4]],
        layer,
        [[6, 3], [6]],
      ],
      [
        "expected parameters [6, 4] and [6], got [6, 4] and [5]",
        "linear",
        [[4]],
        layer,
        [[6, 4], [5]],
      ],
      [
        "expected parameters [6, 4], got [6, 4] and [6]",
        "linear",
        [[4]],
        { ...layer, bias: false },
        [[6, 4], [6]],
      ],
      ["expected no parameters, got [4]", "relu", [[4]], {}, [[4]]],
    ];

  it.each(wrong)("%s: %s", (message, op, shapes, attributes, parameters) => {
    const tensors = inputs(...shapes);
    const description = { inputs: tensors, parameters: given(parameters), label: "x" };
    const build = () =>
      tensors[0]!.builder.add(ops[op] as never, { ...description, attributes } as never);
    expect(inputError(build)).toBe(`${op}: ${message}`);
  });

  it("of a refused layer are not added", () => {
    const x = one([1, 5, 5]);
    inputError(() => conv2d(x, "a", { outChannels: 2, kernelSize: 6 }));
    inputError(() => conv2d(x, "a", { outChannels: 0, kernelSize: 3 }));
    const graph = x.builder.finish(conv2d(x, "a", { outChannels: 2, kernelSize: 3 }));
    expect(graph.parameters.map(({ name }) => name)).toEqual(["a.weight", "a.bias"]);
    expect(graph.nodes.map(({ op }) => op)).toEqual(["input", "conv2d"]);
  });

  it.each(names.filter((op) => ops[op].parameterLayouts.length === 0))("%s takes none", (op) => {
    expect(inputError(() => ops[op].checkParameters([[4, 3, 3]], {} as never, [[4]]))).toBe(
      `${op}: expected no parameters, got [4]`,
    );
  });
});

describe("names of layers", () => {
  const two = { outFeatures: 2 };
  const conv = { outChannels: 2, kernelSize: 1 };
  const packed = { weight: "in.weight", bias: "in.bias" };
  const slice = { index: 0, slices: 2, outFeatures: 2 };

  const again: readonly (readonly [string, (x: Tensor) => Tensor])[] = [
    ["conv2d: a", (x) => conv2d(conv2d(x, "a", conv), "a", conv)],
    ["coordConv2d: a", (x) => coordConv2d(coordConv2d(x, "a", conv), "a", conv)],
    ["coordConv2d: a", (x) => coordConv2d(conv2d(x, "a", conv), "a", conv)],
    ["conv2d: a", (x) => conv2d(relu(conv2d(x, "a", conv)), "a", { ...conv, kernelSize: 2 })],
    ["linear: a", (x) => linear(linear(x, "a", two), "a", { ...two, bias: false })],
    ["linear: a", (x) => linear(linear(x, "a", { ...two, bias: false }), "a", two)],
    ["linear: in.weight[0]", (x) => packedLinear(packedLinear(x, packed, slice), packed, slice)],
    ["linear: in", (x) => linear(packedLinear(x, packed, slice), "in", { outFeatures: 4 })],
  ];

  it.each(again)("%s", (which, build) => {
    const [op, name] = which.split(": ");
    expect(inputError(() => build(one([2, 4, 4])))).toBe(
      `${op}: expected a new layer name, got ${name}, which an earlier layer has (share: true shares its weights)`,
    );
  });

  it("are shared on request", () => {
    for (const layer of [
      (x: Tensor, share?: boolean) => conv2d(x, "a", { ...conv, share }),
      (x: Tensor, share?: boolean) => coordConv2d(x, "a", { ...conv, share }),
      (x: Tensor, share?: boolean) => linear(x, "a", { ...two, share }),
      (x: Tensor, share?: boolean) => packedLinear(x, packed, { ...slice, share }),
    ]) {
      const x = one([2, 4, 4]);
      const { nodes, parameters } = x.builder.finish(layer(layer(x), true));
      expect(parameters).toHaveLength(2);
      expect(nodes[2]!.parameters).toEqual(nodes[1]!.parameters);
      expect(nodes[2]!.attributes).toEqual(nodes[1]!.attributes);
    }
  });

  it("may be asked to be shared where there is nothing to share yet", () => {
    expect(linear(one([2]), "a", { ...two, share: true }).shape).toEqual([2]);
  });

  it("share one shape", () => {
    const build = () =>
      linear(linear(one([4]), "a", { outFeatures: 4 }), "a", { ...two, share: true });
    expect(inputError(build)).toBe(
      "a.weight: expected the shape of its first use [4, 4], got [2, 4]",
    );
  });

  it("share one memory layout", () => {
    const x = one([3, 4, 4]);
    // [2, 3, 1, 1] both: three channels, or one with row and column.
    conv2d(x, "a", { outChannels: 2, kernelSize: 1 });
    const grey = conv2d(x, "b", { outChannels: 1, kernelSize: 1 });
    const build = () => coordConv2d(grey, "a", { outChannels: 2, kernelSize: 1, share: true });
    expect(inputError(build)).toBe(
      "a.weight: expected the memory layout of its first use in conv2d, got coordConv2d's",
    );
  });

  it("of slices are new, their tensors are not", () => {
    const x = one([2]);
    const first = packedLinear(x, packed, slice);
    const graph = x.builder.finish(packedLinear(first, packed, { ...slice, index: 1 }));
    expect(graph.parameters.map(({ name }) => name)).toEqual(["in.weight", "in.bias"]);
    expect(inputError(() => packedLinear(one([2]), packed, { ...slice, index: 2 }))).toBe(
      "linear: expected parameters [rows, 2] and [rows] with rows of 6 or more, got [4, 2] and [4], in layer in.weight[2]",
    );
  });

  it.each(modelNames)("are different in %s where their weights are", (name) => {
    const { nodes } = graphOf(name, { channels: 1, rows: 28, columns: 28 }, 10);
    const layers = new Map(
      nodes
        .filter(({ parameters }) => parameters.length > 0)
        .map(({ label, parameters }) => [`${label}: ${parameters.join()}`, label]),
    );
    const labels = [...layers.values()];
    expect(new Set(labels).size).toBe(labels.length);
  });
});

describe("tensors", () => {
  const expected = "expected tensors of one graph, got one of another graph";

  it("of two graphs do not meet", () => {
    const [a, b] = [one([4]), one([4])];
    expect(inputError(() => add(a, b))).toBe(`add: ${expected}`);
    expect(inputError(() => add(b, a))).toBe(`add: ${expected}`);
    expect(inputError(() => gridSample(one([1, 2, 2]), one([2, 2, 2])))).toBe(
      `gridSample: ${expected}`,
    );
    const x = one([4, 2, 2]);
    expect(inputError(() => batchAttention(x, x, one([4, 2, 2]), { heads: 2 }))).toBe(
      `batchAttention: ${expected}`,
    );
    expect(inputError(() => imageInput([1, 2, 2]).builder.finish(x))).toBe(`graph: ${expected}`);
  });

  it("are what ops take", () => {
    expect(inputError(() => add(one([4]), undefined as never))).toBe(
      "add: expected tensors of one graph, got no tensor",
    );
  });

  it("come in the number that the op reads", () => {
    for (const op of names) {
      const count = ops[op].inputCount;
      if (typeof count !== "number") continue;
      const tensors = inputs(...Array<Shape>(count + 1).fill([4, 4, 4]));
      const { builder } = tensors[0]!;
      const build = () =>
        builder.add(ops[op] as never, { inputs: tensors, attributes: {}, label: op } as never);
      expect(inputError(build)).toBe(
        `${op}: expected ${count} input${count === 1 ? "" : "s"}, got ${count + 1}`,
      );
    }
  });
});

it("pools are written as briefly as possible, so that equal ones have equal graphs", () => {
  const attributesOf = (options: Parameters<typeof maxPool2d>[1]) => {
    const x = one([1, 4, 4]);
    return x.builder.finish(maxPool2d(x, options)).nodes.at(-1)!.attributes;
  };
  for (const options of [2, [2, 2], { kernelSize: 2, stride: [2, 2], padding: 0 }] as const) {
    expect(attributesOf(options)).toEqual({ kernelSize: 2 });
  }
  expect(attributesOf({ kernelSize: [2, 1], stride: 1 })).toEqual({
    kernelSize: [2, 1],
    stride: 1,
  });
});
