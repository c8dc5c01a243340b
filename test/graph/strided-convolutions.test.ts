import { describe, expect, it } from "vitest";
import { placeParameters } from "../../src/engine/parameter-layout.js";
import { type Call, compile } from "../../src/engine/plan.js";
import { wordNames } from "../../src/graph/kernel-calls.js";
import { type Conv2dOptions, conv2d } from "../../src/graph/ops/conv2d.js";
import { type ConvAxis, convGeometry } from "../../src/graph/ops/convolution/geometry.js";
import { gradientMargins, residuesOf } from "../../src/graph/ops/convolution/input-gradient.js";
import { buildGraph } from "./op-case.js";

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

const defaults = { stride: 1, padding: 0, dilation: 1, groups: 1, bias: false } as const;

/** All axes of small maps, kernels, strides, dilations and paddings. */
const axes: readonly ConvAxis[] = range(1, 7).flatMap((input) =>
  range(1, 5).flatMap((kernelSize) =>
    range(1, 4).flatMap((stride) =>
      range(1, 4).flatMap((dilation) =>
        range(0, 3).flatMap((padding) => {
          if (input + 2 * padding <= dilation * (kernelSize - 1)) return [];
          const options = { ...defaults, outChannels: 1, kernelSize, stride, dilation, padding };
          return convGeometry("conv2d", [1, input, input], options).rows;
        }),
      ),
    ),
  ),
);

/** The products of the gradient with respect to the input: position of the input, tap, position of the result. */
function productsOf({ input, output, kernel, stride, dilation, before }: ConvAxis): string[] {
  return range(0, output - 1).flatMap((result) =>
    range(0, kernel - 1).flatMap((tap) => {
      const at = result * stride + tap * dilation - before;
      return at >= 0 && at < input ? `${at} ${tap} ${result}` : [];
    }),
  );
}

/** The products that the residues list, those with a position outside of the result among them. */
function listedProducts(axis: ConvAxis): { at: number; tap: number; result: number }[] {
  return residuesOf(axis).flatMap((residue) =>
    range(0, residue.count - 1).flatMap((each) =>
      range(0, residue.taps - 1).map((tap) => ({
        at: residue.first + each * axis.stride,
        tap: residue.lastTap - tap * residue.tapStep,
        result: residue.reads + each + tap * residue.readStep,
      })),
    ),
  );
}

describe("residues of positions of an axis", () => {
  it("have each product of the gradient once", () => {
    for (const axis of axes) {
      const inside = listedProducts(axis).filter(
        ({ result }) => result >= 0 && result < axis.output,
      );
      const found = inside.map(({ at, tap, result }) => `${at} ${tap} ${result}`);
      expect(found.sort(), JSON.stringify(axis)).toEqual(productsOf(axis).sort());
    }
  });

  it("read positions of the padded result only, which is not larger than one with zeros between positions", () => {
    for (const axis of axes) {
      const channels = { inChannels: 1, outChannels: 1, groups: 1 };
      const { rows, top } = gradientMargins({ rows: axis, columns: axis, ...channels });
      const read = listedProducts(axis).map(({ result }) => result + top);
      if (read.length === 0) continue;
      expect([Math.min(...read), Math.max(...read)], JSON.stringify(axis)).toEqual([0, rows - 1]);
      expect(rows).toBeLessThanOrEqual(axis.input + (axis.kernel - 1) * axis.dilation);
    }
  });
});

/** Calls of a convolution's gradient with respect to its input. */
function gradientCalls(
  shape: readonly [number, number, number],
  options: Conv2dOptions,
): (Call & { named: Readonly<Record<string, number>> })[] {
  const graph = buildGraph({ inputs: [shape], build: (x) => conv2d(x, "conv", options) });
  const plan = compile(graph, 1, placeParameters(graph), 0, {
    training: false,
    objective: "cotangent",
    update: false,
    inputGradients: true,
  });
  const calls = plan.phases.flatMap((phase) => phase.calls);
  const turn = calls.findIndex(({ kernel }) => kernel === "Accumulate");
  return calls.slice(turn).map((call) => {
    const { pointers, integers } = wordNames(call.kernel);
    const names = [...pointers, ...integers];
    return { ...call, named: Object.fromEntries(names.map((name, at) => [name, call.words[at]!])) };
  });
}

describe("the gradient with respect to the input of a convolution with a stride", () => {
  it.each([
    { shape: [16, 28, 28], kernelSize: 3, stride: 2, padding: 1, parts: 4 },
    { shape: [16, 28, 28], kernelSize: 1, stride: 2, padding: 0, parts: 1 },
    { shape: [8, 12, 12], kernelSize: 4, stride: 4, padding: 0, parts: 16 },
    { shape: [8, 12, 9], kernelSize: [2, 3], stride: [2, 3], padding: 0, parts: 6 },
  ] as const)(
    "has as many products as forward: $kernelSize, $stride",
    ({ shape, parts, ...options }) => {
      const calls = gradientCalls(shape, { ...options, outChannels: 32, bias: false });
      const convolutions = calls.filter(({ kernel }) => kernel === "DenseConvForward");
      expect(convolutions.length).toBe(parts);
      const counts = convolutions.map(({ named }) => {
        return named.runCount! * named.runLength! * named.rows! * named.columns!;
      });
      const attributes = { ...defaults, ...options, outChannels: 32 };
      const { rows, columns } = convGeometry("conv2d", shape, attributes);
      const taps = rows.kernel * columns.kernel * rows.output * columns.output;
      expect(counts.reduce((sum, count) => sum + count)).toBe(32 * taps);
    },
  );

  it("copies the map and the result's gradient only where they need zeros around them", () => {
    const padded = (options: Conv2dOptions) =>
      gradientCalls([4, 8, 8], options).filter(({ kernel }) => kernel === "PadMap").length;
    expect(padded({ outChannels: 4, kernelSize: 1, stride: 2 })).toBe(0);
    expect(padded({ outChannels: 4, kernelSize: 2, stride: 2 })).toBe(0);
    expect(padded({ outChannels: 4, kernelSize: 3, stride: 2, padding: 1 })).toBe(2);
  });

  it("is zero, without a call, where no tap reads the map", () => {
    const calls = gradientCalls([2, 1, 1], {
      outChannels: 2,
      kernelSize: 1,
      stride: 3,
      padding: 1,
    });
    expect(calls.filter(({ kernel }) => kernel.endsWith("Forward"))).toEqual([]);
  });
});
