import { differentiateReference, runReference } from "../../src/graph/reference.js";
import { inputNodes } from "./executors.js";
import type { Problem } from "./op-case.js";
import { type Random, seededRandom } from "./random.js";

/** Half the distance of the two points: truncation error 1e-10, rounding error 1e-11. */
const STEP = 1e-5;
/** Values checked in a tensor; more would only repeat the same formula. */
const SAMPLES = 8;
const IMAGES = 2;

/** A derivative found in two ways. */
export interface Derivative {
  readonly what: string;
  readonly analytic: number;
  readonly numeric: number;
}

/** Derivatives of `Σ cotangent · output` by sampled inputs and parameters of a problem's first images. */
export function derivatives(problem: Problem): Derivative[] {
  const { graph, parameters, training, seed } = problem;
  const images = problem.images.slice(0, IMAGES);
  const cotangents = problem.cotangents.slice(0, IMAGES);
  const options = { training, seed, step: 3 };
  const loss = () => {
    const values = runReference(graph, images, parameters, options);
    return values.reduce((sum, ofImage, image) => {
      return sum + dot(ofImage[graph.output]!, cotangents[image]!);
    }, 0);
  };
  const gradients = differentiateReference(graph, images, parameters, cotangents, options);
  const random = seededRandom(7);
  const found: Derivative[] = [];
  const check = (what: string, values: Float64Array, gradient: Float64Array | undefined) => {
    for (const at of sample(values.length, random)) {
      const numeric = centralDifference(loss, values, at);
      found.push({ what: `${what}[${at}]`, analytic: gradient?.[at] ?? 0, numeric });
    }
  };
  images.forEach(({ inputs }, image) => {
    for (const id of inputNodes(graph)) {
      check(`image ${image}, input ${id}`, inputs.get(id)!, gradients.nodes[image]![id]);
    }
  });
  for (const [name, gradient] of gradients.parameters) {
    check(name, parameters.get(name)!.values, gradient);
  }
  return found;
}

function centralDifference(loss: () => number, values: Float64Array, at: number): number {
  const value = values[at]!;
  values[at] = value + STEP;
  const above = loss();
  values[at] = value - STEP;
  const below = loss();
  values[at] = value;
  return (above - below) / (2 * STEP);
}

function sample(count: number, random: Random): number[] {
  if (count <= SAMPLES) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: SAMPLES }, () => Math.floor(random() * count));
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
