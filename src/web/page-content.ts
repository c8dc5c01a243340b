import type { Framing } from "../data/transforms/frame.js";
import type { EncodedGraph } from "../graph/graph-codec.js";

/** What a page knows of its network, as JSON in the page. */
export interface PageContent {
  readonly name: string;
  readonly data: string;
  readonly graph: EncodedGraph;
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  /** What the classes are called, by index. */
  readonly classNames: readonly string[];
  readonly mean: number | readonly number[];
  readonly std: number | readonly number[];
  readonly framing: Framing;
  /** What the logarithms of the probabilities are divided by; 1 where nothing was fitted. */
  readonly temperature: number;
}

/** Ids of the page's elements that hold data: JSON, or bytes as base64 of gzip. */
export const dataElements = {
  content: "fovea-content",
  weights: "fovea-weights",
  kernels: "fovea-kernels",
  script: "fovea-script",
} as const;
