import { describe, expect, it } from "vitest";
import { ops } from "../../../src/graph/ops/index.js";
import { runReference } from "../../../src/graph/reference.js";
import type { Tensor32 } from "../../../src/graph/tensors.js";
import { casesOf } from "../../graph/cases/index.js";
import { inputNodes } from "../../graph/executors.js";
import { type OpCase, pose } from "../../graph/op-case.js";
import { graphFile, OnnxNetwork } from "./onnx-runtime.js";

const losses = ["nll", "mse", "distancePenalty"];
const names = (Object.keys(ops) as (keyof typeof ops)[]).filter((name) => !losses.includes(name));

/** ONNX defines its group norm by E[x²] − E[x]², which loses digits where the mean is far from 0. */
const tolerances: Readonly<Record<string, number>> = { groupNorm: 1e-3 };

describe("in ONNX Runtime every op equals the reference", () => {
  it.each(names)("%s", async (name) => {
    for (const opCase of casesOf(name))
      await compare({ ...opCase, images: 3 }, tolerances[name] ?? 1e-4);
  });
});

async function compare(opCase: OpCase, tolerance: number): Promise<void> {
  const { graph, images, parameters } = pose(opCase);
  const weights = new Map(
    [...parameters].map(([name, { shape, values }]): [string, Tensor32] => [
      name,
      { shape, values: Float32Array.from(values) },
    ]),
  );
  const network = await OnnxNetwork.open(graphFile(graph, weights));
  const inputs = inputNodes(graph).map((id) => ({
    type: "float32" as const,
    values: Float32Array.from(images.flatMap((image) => [...image.inputs.get(id)!])),
    shape: [images.length, ...graph.nodes[id]!.shape],
  }));
  const found = await network.run(inputs);
  const wanted = runReference(graph, images, parameters).flatMap((values) => [
    ...values[graph.output]!,
  ]);
  expect(found.length, opCase.name).toBe(wanted.length);
  const errors = wanted.map(
    (value, at) => Math.abs(found[at]! - value) / Math.max(1, Math.abs(value)),
  );
  const worst = errors.reduce((most, error, at) => (error <= errors[most]! ? most : at), 0);
  const what = `${opCase.name}: value ${worst}: ${found[worst]}, not ${wanted[worst]}`;
  expect(errors[worst], what).toBeLessThan(tolerance);
  await network.close();
}
