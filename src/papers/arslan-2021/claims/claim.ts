import type { ModelName } from "../../../models/index.js";
import type { Interval } from "../../../stats/intervals.js";
import type { EpochMetrics } from "../../../train/metrics.js";
import type { CheckpointRecord } from "../checkpoints.js";
import type { PublishedCurves } from "../published.js";

/**
 * `not testable`: the evidence is not enough, because a run is missing or too short, or the difference
 * is within the noise of one run. The reason says which.
 */
export type Verdict = "confirmed" | "not confirmed" | "not testable";

/** A model that was trained with the study's recipe on MNIST. */
export interface TrainedRun {
  readonly model: ModelName;
  readonly seed: number;
  readonly metrics: readonly EpochMetrics[];
}

/** The evidence by which claims are judged. */
export interface Evidence {
  /** At most one run per model. */
  readonly runs: ReadonlyMap<ModelName, TrainedRun>;
  readonly curves: PublishedCurves;
  /** The study's checkpoints, as evaluated by Fovea. */
  readonly checkpoints: readonly CheckpointRecord[];
}

/** One figure on which a verdict is based. */
export interface Measure {
  /** The network's name. */
  readonly network: string;
  /** A description of the figure, such as `best of 300 epochs`. */
  readonly what: string;
  /** Infinite (`null` in JSON) for the roughness of a training that diverged. */
  readonly value: number;
  /** `share`: a fraction of the test images, 0..1; `nats`: a loss, or a change of a loss. */
  readonly unit: "share" | "nats" | "parameters";
  /** The epoch it was measured after. */
  readonly epoch?: number;
  /** Only for an accuracy: the loss on the same images, nats. */
  readonly loss?: number;
  /** The 95 % interval. */
  readonly interval?: Interval;
}

/** The judgement of a claim. */
export interface Judgement {
  readonly verdict: Verdict;
  /** A few plain sentences. */
  readonly reason: string;
  /** The study's own figures: its text and its curves. */
  readonly published: readonly Measure[];
  /** Results of the study's checkpoints, as evaluated by Fovea. */
  readonly checkpoint: readonly Measure[];
  /** Facts of the networks as Fovea builds them, trained or not. */
  readonly built?: readonly Measure[];
  /** Results of our own trainings. */
  readonly trained: readonly Measure[];
}

/** A statement of the study and the rule that judges it. */
export interface Claim {
  readonly id: string;
  /** The study's statement in one sentence. */
  readonly statement: string;
  /** When the claim is confirmed and when not, in words; `judge` follows this rule. */
  readonly rule: string;
  readonly judge: (evidence: Evidence) => Judgement;
}
