import { GraphBuilder, type Tensor } from "../../src/graph/builder.js";
import { type Graph, type Shape, sizeOf } from "../../src/graph/graph.js";
import type { ReferenceImage } from "../../src/graph/reference.js";
import { type Fill, type Random, seededRandom, uniform } from "./random.js";
import { valuesInput } from "./values-input.js";

/** A small graph around an op and the numbers to run it on: one list of cases for all executors. */
export interface OpCase {
  readonly name: string;
  /** Shapes of the values given, image by image. */
  readonly inputs: readonly Shape[];
  /** How each input is filled; default uniform in ±1. */
  readonly fills?: readonly Fill[];
  build(...inputs: readonly Tensor[]): Tensor;
  /** Default 7 images in batches of 5: the last one is partial. */
  readonly images?: number;
  readonly batchSize?: number;
  readonly training?: boolean;
  /** Labels are drawn below this. Default 1. */
  readonly classes?: number;
  /** Why central differences do not apply. */
  readonly notDifferentiable?: string;
}

/** A case with its graph built and its numbers drawn. */
export interface Problem {
  readonly graph: Graph;
  readonly images: readonly ReferenceImage[];
  readonly labels: readonly number[];
  readonly parameters: ReadonlyMap<string, { shape: Shape; values: Float64Array }>;
  /** The gradient with respect to the output, one per image. */
  readonly cotangents: readonly Float64Array[];
  readonly batchSize: number;
  readonly training: boolean;
  readonly seed: number;
}

export function buildGraph(opCase: Pick<OpCase, "inputs" | "build">): Graph {
  const builder = new GraphBuilder();
  const inputs = opCase.inputs.map((shape, i) => valuesInput(builder, `x${i}`, shape));
  return builder.finish(opCase.build(...inputs));
}

export function pose(opCase: OpCase, seed = 1): Problem {
  const { images = 7, batchSize = 5, training = false, classes = 1 } = opCase;
  const random = seededRandom(seed);
  const graph = buildGraph(opCase);
  const labels = Array.from({ length: images }, () => Math.floor(random() * classes));
  const outputSize = sizeOf(graph.nodes[graph.output]!.shape);
  return {
    graph,
    labels,
    images: labels.map((label) => ({ label, inputs: drawInputs(opCase, random) })),
    parameters: drawParameters(graph, random),
    cotangents: labels.map(() => uniform()(outputSize, random)),
    batchSize,
    training,
    seed: 12345,
  };
}

function drawInputs({ inputs, fills }: OpCase, random: Random): Map<number, Float64Array> {
  const draw = (shape: Shape, index: number) =>
    (fills?.[index] ?? uniform())(sizeOf(shape), random);
  return new Map(inputs.map((shape, index) => [index, draw(shape, index)]));
}

/**
 * Every parameter uniform in ±0.7, biases too, whatever its own initial values; buffers, of which some are variances,
 * in 0.3 .. 1.7.
 */
export function drawParameters(graph: Graph, random: Random): Problem["parameters"] {
  return new Map(
    graph.parameters.map(({ name, shape, buffer }) => {
      const values = uniform(0.7)(sizeOf(shape), random);
      return [name, { shape, values: buffer ? values.map((v) => Math.fround(v + 1)) : values }];
    }),
  );
}

/** The images of each batch, by index. */
export function batchesOf({ images, batchSize }: Problem): number[][] {
  const indices = images.map((_, index) => index);
  const count = Math.ceil(images.length / batchSize);
  return Array.from({ length: count }, (_, step) =>
    indices.slice(step * batchSize, (step + 1) * batchSize),
  );
}
