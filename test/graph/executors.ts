import type { KernelBuild } from "../../src/engine/build.js";
import { Engine } from "../../src/engine/engine.js";
import type { Graph } from "../../src/graph/graph.js";
import { differentiateReference, runReference } from "../../src/graph/reference.js";
import { batchesOf, type Problem } from "./op-case.js";

/** What an executor finds for one batch. */
export interface BatchResult {
  /** The output's value, image by image. */
  readonly outputs: readonly ArrayLike<number>[];
  /** `[image][input]`; undefined where there is no gradient. */
  readonly inputGradients: readonly (readonly (ArrayLike<number> | undefined)[])[];
  readonly parameterGradients: ReadonlyMap<string, ArrayLike<number>>;
}

export interface Executor {
  readonly name: string;
  run(problem: Problem, options?: RunOptions): Promise<BatchResult[]>;
}

export interface RunOptions {
  /** Nodes whose values are kept, so that no fusion includes them. */
  readonly kept?: readonly number[];
  readonly threads?: number;
}

export const builds: readonly KernelBuild[] = ["relaxed-fma", "mul-add"];

export const referenceExecutor: Executor = {
  name: "reference",
  run: async (problem) =>
    batchesOf(problem).map((batch, step) => referenceBatch(problem, batch, step)),
};

export const engineExecutors: readonly Executor[] = builds.map((build) => ({
  name: `engine (${build})`,
  run: (problem, options) => runEngine(build, problem, options),
}));

export const executors: readonly Executor[] = [referenceExecutor, ...engineExecutors];

export function inputNodes(graph: Graph): number[] {
  return graph.nodes.filter(({ op }) => op === "input").map(({ id }) => id);
}

function referenceBatch(problem: Problem, batch: readonly number[], step: number): BatchResult {
  const { graph, parameters, training, seed } = problem;
  const images = batch.map((index) => problem.images[index]!);
  const cotangents = batch.map((index) => problem.cotangents[index]!);
  const options = { training, seed, step };
  const values = runReference(graph, images, parameters, options);
  const gradients = differentiateReference(graph, images, parameters, cotangents, options);
  return {
    outputs: values.map((ofImage) => ofImage[graph.output]!),
    inputGradients: gradients.nodes.map((ofImage) => inputNodes(graph).map((id) => ofImage[id])),
    parameterGradients: gradients.parameters,
  };
}

async function runEngine(
  build: KernelBuild,
  problem: Problem,
  { kept, threads = 1 }: RunOptions = {},
): Promise<BatchResult[]> {
  const { graph, images, labels, batchSize, training, seed } = problem;
  const engine = await Engine.create({
    plans: {
      check: {
        graph,
        training,
        objective: "cotangent",
        update: false,
        inputGradients: true,
        kept,
      },
    },
    sets: {
      images: {
        count: images.length,
        images: new Uint8Array(),
        labels: Uint8Array.from(labels),
      },
    },
    batchSize,
    threads,
    build,
  });
  try {
    engine.setParameters(
      new Map(
        [...problem.parameters].map(([name, { shape, values }]) => [
          name,
          { shape, values: Float32Array.from(values) },
        ]),
      ),
    );
    return batchesOf(problem).map((batch, step) => {
      batch.forEach((index, slot) => {
        giveImage(engine, problem, index, slot);
      });
      engine.run({ plan: "check", set: "images", from: step, to: step + 1, seed });
      return readBatch(engine, graph, batch.length);
    });
  } finally {
    engine.close();
  }
}

function giveImage(engine: Engine, problem: Problem, index: number, slot: number): void {
  for (const [node, values] of problem.images[index]!.inputs) {
    engine.setInput("check", node, slot, Float32Array.from(values));
  }
  engine.setCotangent("check", slot, Float32Array.from(problem.cotangents[index]!));
}

function readBatch(engine: Engine, graph: Graph, count: number): BatchResult {
  const slots = Array.from({ length: count }, (_, slot) => slot);
  return {
    outputs: slots.map((slot) => engine.value("check", graph.output, slot)),
    inputGradients: slots.map((slot) =>
      inputNodes(graph).map((id) => engine.nodeGradient("check", id, slot)),
    ),
    parameterGradients: new Map(
      [...engine.gradients()].map(([name, { values }]) => [name, values]),
    ),
  };
}
