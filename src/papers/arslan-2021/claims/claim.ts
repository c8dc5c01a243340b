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

/** Runs of several networks over the same seeds, with the study's recipe on MNIST. */
export interface SeedRuns {
  readonly seeds: readonly number[];
  /** How many epochs are compared: those that all of the runs have, at most the study's. */
  readonly epochs: number;
  /** Of each network that has all seeds: the first epochs of its runs, in the order of the seeds. */
  readonly curves: ReadonlyMap<ModelName, readonly (readonly EpochMetrics[])[]>;
}

/** The evidence by which claims are judged. */
export interface Evidence {
  /** At most one run per model. */
  readonly runs: ReadonlyMap<ModelName, TrainedRun>;
  /** Absent where no network has two seeds. */
  readonly overSeeds?: SeedRuns | undefined;
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
  /** Results of our own trainings over several seeds. */
  readonly overSeeds?: readonly Measure[];
}

/** What runs over several seeds say of a claim. */
export interface SeedJudgement {
  /** Only where they have as many epochs as the study's runs; it then takes the place of that of one run. */
  readonly verdict: Verdict | undefined;
  readonly reason: string;
  readonly measures: readonly Measure[];
}

/** A statement of the study and the rule that judges it. */
export interface Claim {
  readonly id: string;
  /** The study's statement in one sentence. */
  readonly statement: string;
  /** When the claim is confirmed and when not, in words; `judge` follows this rule. */
  readonly rule: string;
  readonly judge: (evidence: Evidence) => Judgement;
  /** Judges by several seeds; undefined where they lack a network or are too short. Absent: seeds say nothing of it. */
  readonly judgeSeeds?: (runs: SeedRuns) => SeedJudgement | undefined;
}
