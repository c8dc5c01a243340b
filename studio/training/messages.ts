import type { Dataset } from "../../src/data/dataset.js";
import type { PictureOptions } from "../../src/data/sources/sets/picture-options.js";
import type { ModelOptions } from "../../src/graph/model-options.js";
import type { Views } from "../../src/inspect/view-types.js";
import type { EpochMetrics, TestResult } from "../../src/train/metrics.js";
import type { RecipeOptions } from "../../src/train/recipe.js";
import type { EngineInfo } from "../../src/train/train-options.js";

/** Which data are trained on. */
export type DataRequest =
  /** `digits`, or `digits-2000-500` for fewer of them. */
  | { readonly kind: "digits"; readonly name: string }
  /** MNIST's files, by what they hold. */
  | { readonly kind: "mnist"; readonly files: Readonly<Record<string, Uint8Array>> }
  /** Files that were chosen or dropped: a folder's with their paths, or one zip file. */
  | {
      readonly kind: "files";
      readonly name: string;
      readonly files: readonly { readonly path: string; readonly file: Blob }[];
      readonly options: PictureOptions;
    };

/** A network as a `model.json`, and the values of its options where it has some. */
export interface NetworkRequest {
  readonly model: string;
  readonly options?: ModelOptions;
}

/** How networks are trained; all train alike. */
export interface TrainingSettings {
  readonly epochs: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly validation?: number;
  readonly patience?: number;
  readonly recipe: RecipeOptions;
}

/** What the page asks of the laboratory, the worker that trains. */
export type Command =
  | { readonly kind: "load"; readonly data: DataRequest }
  | {
      readonly kind: "start";
      readonly networks: readonly NetworkRequest[];
      readonly settings: TrainingSettings;
      /** What the address said: it is kept with the runs. */
      readonly experiment: string;
    }
  /** Kept runs, which train side by side. */
  | { readonly kind: "resume"; readonly runs: readonly string[] }
  | { readonly kind: "pause" }
  | { readonly kind: "continue" }
  /** A step of each network, then a pause. */
  | { readonly kind: "step" }
  | { readonly kind: "rate"; readonly learningRate: number }
  | { readonly kind: "stop" }
  /** Shows what the networks were after an epoch; `undefined`: what they are now. */
  | { readonly kind: "look"; readonly epoch: number | undefined }
  /** The images whose views are shown, after which epoch: indices among the test images, or the next of each class. */
  | {
      readonly kind: "watch";
      readonly images: readonly number[] | "next";
      readonly epoch: number | undefined;
    }
  /** The run folder of a network as a zip file. */
  | { readonly kind: "pack"; readonly slot: number };

/** Test images whose views are shown: as many as a row of the page has. */
export const mostWatched = 10;

/** A data set without its images. */
export interface DataFacts extends Omit<Dataset, "train" | "test"> {
  readonly trainCount: number;
  readonly testCount: number;
  /** What was done to read it. */
  readonly notes: readonly string[];
}

/** Where a training is. */
export interface Progress {
  readonly epoch: number;
  /** Steps of this epoch that are done, of how many. */
  readonly step: number;
  readonly steps: number;
  /** Of the last step. */
  readonly loss: number;
  /** Mean of this epoch so far. */
  readonly trainLoss: number;
  readonly imagesPerSecond: number;
  readonly learningRate: number;
}

/** What a network says of the first test images. */
export interface Scored {
  readonly epoch: number;
  readonly labels: Uint8Array;
  /** Predicted classes; 255 where the result is NaN. */
  readonly predicted: Uint8Array;
}

/** An image on which two networks differ. */
export interface Disagreement {
  readonly image: number;
  readonly label: number;
  readonly predicted: readonly number[];
  readonly pixels: Uint8Array;
}

/** Where a run is kept. */
export interface Keeping {
  /** The run's name: that of its folder. */
  readonly run: string;
  /** Why it is not kept beyond this tab; undefined where it is. */
  readonly problem?: string;
}

export type LabState = "empty" | "loading" | "ready" | "running" | "paused" | "done";

/** What the laboratory tells the page. */
export type Report =
  /** What it computes with, and why not with more. */
  | { readonly kind: "engine"; readonly cores: number; readonly problem?: string }
  | { readonly kind: "state"; readonly state: LabState }
  | { readonly kind: "loading"; readonly text: string }
  | { readonly kind: "data"; readonly facts: DataFacts }
  /** The images whose views are shown from now on. */
  | { readonly kind: "watched"; readonly images: readonly number[] }
  | {
      readonly kind: "started";
      readonly slot: number;
      readonly name: string;
      readonly engine: EngineInfo;
      readonly epochs: number;
      readonly parameters: number;
      /** Epochs that are done. */
      readonly metrics: readonly EpochMetrics[];
      readonly keeping: Keeping;
    }
  | { readonly kind: "keeping"; readonly slot: number; readonly keeping: Keeping }
  | { readonly kind: "progress"; readonly slot: number; readonly progress: Progress }
  | { readonly kind: "epoch"; readonly slot: number; readonly metrics: EpochMetrics }
  | { readonly kind: "warning"; readonly slot: number; readonly text: string }
  | { readonly kind: "scored"; readonly slot: number; readonly scored: Scored }
  | {
      readonly kind: "disagreements";
      readonly images: readonly Disagreement[];
      readonly count: number;
      readonly of: number;
    }
  | {
      readonly kind: "views";
      readonly slot: number;
      /** After how many epochs, where that was asked for. */
      readonly epoch: number | undefined;
      readonly views: Views;
    }
  | {
      readonly kind: "ended";
      readonly slot: number;
      readonly ending: "done" | "early" | "stopped";
      /** SHA-256 of `last.safetensors`. */
      readonly weights?: string;
      readonly test?: TestResult;
    }
  /** A zip file; `byHand`: without run.json, as no spec says what was done. */
  | {
      readonly kind: "packed";
      readonly slot: number;
      readonly name: string;
      readonly zip: Uint8Array;
    }
  /** What the user asked for could not be done. */
  | {
      readonly kind: "problem";
      readonly about: "data" | "training" | "look";
      readonly message: string;
    };
