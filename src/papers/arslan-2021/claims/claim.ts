import type { ModelName } from "../../../models/index.js";
import type { Interval } from "../../../stats/intervals.js";
import type { EpochMetrics } from "../../../train/metrics.js";
import type { CheckpointRecord } from "../checkpoints.js";
import type { PublishedCurves } from "../published.js";

/**
 * `not testable` is what the evidence cannot tell: a run is missing or too short, or the difference
 * is within the noise of one run. The reason says which.
 */
export type Verdict = "confirmed" | "not confirmed" | "not testable";

/** A model that was trained with the study's recipe on MNIST. */
export interface TrainedRun {
  readonly model: ModelName;
  readonly seed: number;
  readonly metrics: readonly EpochMetrics[];
}

/** What claims are judged by. */
export interface Evidence {
  /** One run a model at most. */
  readonly runs: ReadonlyMap<ModelName, TrainedRun>;
  readonly curves: PublishedCurves;
  /** What the study's checkpoints give when they are evaluated here. */
  readonly checkpoints: readonly CheckpointRecord[];
}

/** One figure that a verdict rests on. */
export interface Measure {
  /** The network's name. */
  readonly network: string;
  /** What the figure is, such as `best of 300 epochs`. */
  readonly what: string;
  /** A roughness is infinite where the training diverged (`null` in JSON). */
  readonly value: number;
  /** `share`: 0..1 of the test images; `nats`: a loss or a change of it. */
  readonly unit: "share" | "nats" | "parameters";
  /** The epoch it was measured after. */
  readonly epoch?: number;
  /** Of an accuracy: the loss on the same images, nats. */
  readonly loss?: number;
  /** Of 95 %. */
  readonly interval?: Interval;
}

/** What became of a claim. */
export interface Judgement {
  readonly verdict: Verdict;
  /** A few plain sentences. */
  readonly reason: string;
  /** The study's own figures: its text and its curves. */
  readonly published: readonly Measure[];
  /** What its checkpoints give here. */
  readonly checkpoint: readonly Measure[];
  /** What the networks have as they are built here, whether or not they were trained. */
  readonly built?: readonly Measure[];
  /** What our own training gives. */
  readonly trained: readonly Measure[];
}

/** A statement of the study and the rule that judges it. */
export interface Claim {
  readonly id: string;
  /** What the study states, in a sentence. */
  readonly statement: string;
  /** When the claim is confirmed and when it is not, in words; what `judge` does. */
  readonly rule: string;
  readonly judge: (evidence: Evidence) => Judgement;
}
