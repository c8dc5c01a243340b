import { firstImages } from "../data/subset.js";
import type { NamedTensors } from "../graph/tensors.js";
import { counted, listed, thousands } from "../numbers.js";
import type { Check } from "./check.js";
import { ImageReader } from "./image-reader.js";

/** A parameter with values that are not finite. */
export interface BrokenTensor {
  readonly tensor: string;
  readonly count: number;
  readonly size: number;
}

export interface FiniteFigures {
  readonly tensors: readonly BrokenTensor[];
  readonly images: number;
  /** Images with a log-probability that is not finite. */
  readonly brokenImages: number;
}

/** The parameters with values that are not finite. */
export function brokenTensors(parameters: NamedTensors): BrokenTensor[] {
  return [...parameters].flatMap(([tensor, { values }]) => {
    const count = values.filter((value) => !Number.isFinite(value)).length;
    return count > 0 ? [{ tensor, count, size: values.length }] : [];
  });
}

/** How many values are not finite, and of which parameters: `3 weights (fc1.bias)`. */
export function describeBroken(tensors: readonly BrokenTensor[]): string {
  const broken = tensors.reduce((sum, { count }) => sum + count, 0);
  const names = tensors.map(({ tensor }) => tensor);
  const shown = names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more`] : names;
  return `${counted(broken, "weight")} (${shown.join(", ")})`;
}

/** The finding of checks that make no sense where weights or results are not finite. */
export const notFinite = {
  verdict: "not tested",
  text: "weights or results are not finite numbers",
} as const;

/**
 * Are the weights, and what comes out of them, finite numbers?
 *
 * Flags a value of a parameter, or a log-probability of a test image, that is NaN or infinite.
 */
export const checkFinite: Check<FiniteFigures> = async (subject, run) => {
  const { graph, data, parameters, batchSize } = subject;
  const tensors = brokenTensors(parameters);
  const set = firstImages(data.test, data, subject.images);
  const output = graph.nodes[graph.output]!;
  let brokenImages = 0;
  const reader = await ImageReader.open(subject, set, [output], batchSize, run.threads);
  try {
    await reader.read(run, ({ images, value }) => {
      for (let slot = 0; slot < images.length; slot++) {
        if (!value(output, slot).every(Number.isFinite)) brokenImages++;
      }
    });
  } finally {
    reader.close();
  }
  const figures = { tensors, images: set.count, brokenImages };
  const images = counted(set.count, "image");
  if (tensors.length === 0 && brokenImages === 0) {
    return { verdict: "pass", text: `all weights, and the results of ${images}`, figures };
  }
  const parts = [
    ...(tensors.length > 0 ? [describeBroken(tensors)] : []),
    ...(brokenImages > 0 ? [`the results of ${thousands(brokenImages)} of ${images}`] : []),
  ];
  return { verdict: "flag", text: `${listed(parts)} are not finite numbers`, figures };
};
