import type { Dataset } from "../data/dataset.js";
import type { Graph, Shape } from "../graph/graph.js";
import type { Model } from "../graph/model.js";
import type { NamedTensors } from "../graph/tensors.js";
import type { EpochMetrics } from "../train/metrics.js";

/** `flag` is a finding that a reader of the model's figures has to know, `pass` the absence of one. */
export type Verdict = "pass" | "flag" | "not tested";

/** A tensor that came with a model's parameters. */
export interface UnusedTensor {
  readonly name: string;
  readonly shape: Shape;
}

/** What is audited, and with what settings. */
export interface Subject {
  readonly model: Model;
  /** The model's. */
  readonly graph: Graph;
  readonly data: Dataset;
  readonly parameters: NamedTensors;
  /** Whether the parameters are more than initial values. */
  readonly trained: boolean;
  /** Tensors that came with the parameters and that no part of the model reads. */
  readonly unused: readonly UnusedTensor[];
  /** The epochs after which the parameters were chosen; empty where nothing is known of them. */
  readonly history: readonly EpochMetrics[];
  /** Accuracies of runs that differ in nothing but the seed, 0..1; the audited one among them. */
  readonly seedAccuracies: readonly number[];
  /** Standard deviation of the accuracy between seeds, 0..1, where the caller knows it. */
  readonly seedDeviation?: number;
  /** Test images that a check looks at which classifies them many times. */
  readonly images: number;
  /** Epochs to train with images held out; 0 for none. */
  readonly selectionEpochs: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

/** How a check runs. */
export interface CheckRun {
  readonly threads?: number;
  /** Ends the check with the signal's reason, between two turns of about 50 ms. */
  readonly signal?: AbortSignal;
  /** Tells the part that is done, 0..1. */
  readonly progress: (done: number) => void;
}

/** What a check found. */
export interface Finding<Figures> {
  readonly verdict: Verdict;
  /** One line for people, with the figures that count. */
  readonly text: string;
  /** Absent where nothing was tested. */
  readonly figures?: Figures;
}

/** One question about a model. */
export type Check<Figures> = (subject: Subject, run: CheckRun) => Promise<Finding<Figures>>;

/** The finding of a check that needs weights which were trained. */
export const untrained = { verdict: "not tested", text: "untrained weights" } as const;
