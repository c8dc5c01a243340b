import type { Comparison } from "../../stats/compare.js";
import type { OutcomeKind } from "../../study/outcome.js";
import type { StudyPredictions } from "../../study/study-predictions.js";

/** How a run stands: as its outcome says, or `open` where it has not ended. */
export type Ending = OutcomeKind | "open";

/** A value of a recipe or of a model's options. */
export type SettingValue = string | number | boolean;

/** A run, as the report of a study sees it. */
export interface ReportedRun {
  readonly key: string;
  /** What is compared: the name of a variant. */
  readonly model: string;
  readonly seed: number;
  readonly ending: Ending;
  /** What went wrong, a line for people. */
  readonly reason?: string;
  /** The accuracy that it is judged by, percent; undefined of a run without one. */
  readonly accuracy?: number;
  /** Validation accuracy after each epoch from the first, 0..1; empty where that is unknown. */
  readonly curve: readonly number[];
  /** Images that epochs are validated on. */
  readonly validationImages?: number;
  /** Seconds of all its epochs. */
  readonly seconds?: number;
}

/** What is compared: a model with its recipe. */
export interface ReportedModel {
  readonly name: string;
  /** Trained values. */
  readonly parameters?: number;
  /** Its recipe and options, by path. */
  readonly settings: ReadonlyMap<string, SettingValue>;
}

/** A table of a report. */
export interface ReportedTable {
  /** Of its section. */
  readonly id: string;
  readonly title: string;
  readonly columns: readonly { readonly title: string; readonly align?: "left" | "right" }[];
  readonly rows: readonly (readonly string[])[];
}

/** All that the report of a study shows. Plain data. */
export interface ReportedStudy {
  readonly title: string;
  readonly models: readonly ReportedModel[];
  readonly runs: readonly ReportedRun[];
  readonly comparison: Comparison;
  /** A sentence per pair of the comparison, in its order. */
  readonly sentences: readonly string[];
  /** What the names of the models mean, where that needs a sentence. */
  readonly naming?: string;
  /** Which accuracies are compared; undefined without any. */
  readonly about?: string;
  /** The smallest difference that matters, points, where it was given. */
  readonly difference?: number;
  /** What the runs' best weights say of the test images. */
  readonly predictions?: StudyPredictions;
  /** What the classes are called, where the data say so. */
  readonly classNames?: readonly string[];
  /** Tables besides those that every report has. */
  readonly tables?: readonly ReportedTable[];
  /** What was left out, a line each. */
  readonly remarks: readonly string[];
  /** What the runs were: names and values. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** Command lines that make it again. */
  readonly commands: readonly string[];
  /** The manifest as JSON text, where there is one. */
  readonly manifest?: string;
}

/** Whether a run stayed near chance, or its loss stopped being finite. */
export function isBad({ ending }: Pick<ReportedRun, "ending">): boolean {
  return ending === "collapsed" || ending === "diverged";
}
