import type { Dataset } from "../data/dataset.js";
import type { Graph, Shape } from "../graph/graph.js";
import type { Model } from "../graph/model.js";
import type { NamedTensors } from "../graph/tensors.js";
import type { EpochMetrics } from "../train/metrics.js";

/** `flag`: a finding that readers of the model's accuracy must know; `pass`: no such finding. */
export type Verdict = "pass" | "flag" | "not tested";

/** A tensor of a checkpoint that is none of the model's parameters. */
export interface UnusedTensor {
  readonly name: string;
  readonly shape: Shape;
}

/** What is audited, and the settings. The fields are those of `AuditOptions`, with defaults filled in. */
export interface Subject {
  readonly model: Model;
  /** The model's, with log-probabilities as its output. */
  readonly graph: Graph;
  readonly data: Dataset;
  readonly parameters: NamedTensors;
  /** False where the parameters are initial values. */
  readonly trained: boolean;
  /** Tensors of the checkpoint that no part of the model reads. */
  readonly unused: readonly UnusedTensor[];
  /** Metrics of the training's epochs; empty where they are unknown. */
  readonly history: readonly EpochMetrics[];
  /** Training images that were held out, on which its epochs were validated; absent: on the test images. */
  readonly heldOutImages?: number;
  /** Accuracies, 0..1, of runs that differ only in the seed; the audited run is one of them. */
  readonly seedAccuracies: readonly number[];
  /** Standard deviation of the accuracy between seeds, 0..1, where the caller gave one. */
  readonly seedDeviation?: number;
  /** How many test images are used by checks that classify them many times. */
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
  /** When it aborts, the check throws the signal's reason within about 50 ms. */
  readonly signal?: AbortSignal;
  /** To be called with the fraction of the check that is done, 0..1. */
  readonly progress: (done: number) => void;
}

/** What a check found. */
export interface Finding<Figures> {
  readonly verdict: Verdict;
  /** One line of text with the main figures. */
  readonly text: string;
  /** Absent where nothing was tested. */
  readonly figures?: Figures;
}

/** One question about a model. */
export type Check<Figures> = (subject: Subject, run: CheckRun) => Promise<Finding<Figures>>;

/** The finding of checks that need trained weights, where there are none. */
export const untrained = { verdict: "not tested", text: "untrained weights" } as const;
