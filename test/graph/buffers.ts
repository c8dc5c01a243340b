import type { KernelBuild } from "../../src/engine/build.js";
import { Engine } from "../../src/engine/engine.js";
import type { Tensor32 } from "../../src/graph/tensors.js";
import type { Problem } from "./op-case.js";

/** A graph's buffers after one step over all images of a problem in one batch. */
export async function trainedBuffers(
  { graph, images, parameters, cotangents, training }: Problem,
  build: KernelBuild,
  { update }: { readonly update: boolean },
): Promise<Map<string, Tensor32>> {
  const plan = { graph, training, objective: "cotangent", update, inputGradients: true } as const;
  const count = images.length;
  const set = { count, images: new Uint8Array(), labels: new Uint8Array(count) };
  const options = { plans: { plan }, sets: { set }, batchSize: count, threads: 1, build };
  const engine = await Engine.create(options);
  try {
    engine.setParameters(
      new Map(
        [...parameters].map(([name, { shape, values }]) => [
          name,
          { shape, values: Float32Array.from(values) },
        ]),
      ),
    );
    images.forEach(({ inputs }, slot) => {
      engine.setInput("plan", 0, slot, Float32Array.from(inputs.get(0)!));
      engine.setCotangent("plan", slot, Float32Array.from(cotangents[slot]!));
    });
    const rate = update ? { learningRate: 0.01 } : {};
    engine.run({ plan: "plan", set: "set", from: 0, to: 1, seed: 0, ...rate });
    const buffers = graph.parameters.filter(({ buffer }) => buffer).map(({ name }) => name);
    return new Map([...engine.parameters()].filter(([name]) => buffers.includes(name)));
  } finally {
    engine.close();
  }
}
