import { canonicalJson } from "../../../src/canonical-json.js";
import type { Graph } from "../../../src/graph/graph.js";
import { encodeGraph } from "../../../src/graph/graph-codec.js";
import type { NamedTensors } from "../../../src/graph/tensors.js";
import type { Predictions } from "../../../src/inspect/predictions.js";
import type { Comparison } from "../../../src/stats/compare.js";
import { correctDifference } from "../../../src/stats/correct-images.js";
import { mean } from "../../../src/stats/deviation.js";
import { differenceInterval, type Interval } from "../../../src/stats/intervals.js";
import { mcnemar } from "../../../src/stats/mcnemar.js";
import { meanTest } from "../../../src/stats/t-test.js";
import { flatFacts, type RunGroup } from "../../../src/study/group-runs.js";
import { compareResults, studyResults } from "../../../src/study/results.js";
import type { RunRow } from "./rows.js";

/** The comparison over seeds of some groups; throws as `studyResults`. */
export function compareGroups(groups: readonly RunGroup<RunRow>[]): Comparison {
  const runs = groups.flatMap(({ name, runs }) =>
    onePerSeed(runs).map(({ seed, outcome }) => ({ model: name, seed, outcome })),
  );
  return compareResults(studyResults(runs));
}

/** Runs with the same seed are the same run. */
function onePerSeed(runs: readonly RunRow[]): RunRow[] {
  const bySeed = new Map<number, RunRow>();
  for (const run of runs) {
    if (bySeed.get(run.seed)?.outcome === undefined) bySeed.set(run.seed, run);
  }
  return [...bySeed.values()];
}

/** Two trained networks on the same test images. It says nothing of other seeds. */
export interface ImageComparison {
  readonly images: number;
  /** Percentage points, a minus b. */
  readonly difference: number;
  readonly interval: Interval;
  /** Images that only one of them gets right. */
  readonly onlyA: number;
  readonly onlyB: number;
  readonly p: number;
}

/** @returns undefined where the two have other test images */
export function compareImages(a: Predictions, b: Predictions): ImageComparison | undefined {
  const { labels } = a;
  const isSame =
    labels.length === b.labels.length && labels.every((label, at) => label === b.labels[at]);
  if (!isSame) return undefined;
  const each = Array.from(correctDifference(a.predicted, b.predicted, labels));
  const onlyA = each.filter((value) => value > 0).length;
  const onlyB = each.filter((value) => value < 0).length;
  const { low, high } = meanTest(each).interval;
  return {
    ...{ images: labels.length, onlyA, onlyB, p: mcnemar(onlyA, onlyB) },
    difference: 100 * mean(each),
    interval: { low: 100 * low, high: 100 * high },
  };
}

/** Where the predictions are not there: from the counts alone, which is wider than it need be. */
export function compareCounts(
  a: RunRow,
  b: RunRow,
): Pick<ImageComparison, "images" | "difference" | "interval"> | undefined {
  const [one, other] = [a.outcome?.result, b.outcome?.result];
  if (!one || !other || one.total !== other.total) return undefined;
  if (a.record.data.digest !== b.record.data.digest) return undefined;
  const { low, high } = differenceInterval(one.correct, other.correct, one.total);
  return {
    images: one.total,
    difference: (100 * (one.correct - other.correct)) / one.total,
    interval: { low: 100 * low, high: 100 * high },
  };
}

export interface ComparedFact {
  readonly name: string;
  readonly a: string;
  readonly b: string;
}

/** Settings in which two runs differ. */
export function differingFacts(a: RunRow, b: RunRow): ComparedFact[] {
  const facts = [a, b].map(({ record }) => {
    const { model: graph, data, ...spec } = record.spec;
    const { digest, ...images } = data;
    return flatFacts({
      ...{ network: record.model, options: record.options ?? {}, "network's graph": graph },
      data: `${record.data.name} (${digest.slice(0, 12)})`,
      ...{ images, ...spec },
    });
  });
  const names = [...new Set(facts.flatMap((each) => [...each.keys()]))];
  const shown = (value = "–") => (/^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value);
  return names.flatMap((name) => {
    const [one, other] = facts.map((each) => each.get(name));
    return one === other ? [] : [{ name, a: shown(one), b: shown(other) }];
  });
}

/** A step of one network or of both, side by side. */
export interface StepPair {
  readonly a: string | undefined;
  readonly b: string | undefined;
  readonly differs: boolean;
}

/** The steps of two networks, those that are alike side by side (longest common subsequence). */
export function alignSteps(a: Graph, b: Graph): StepPair[] {
  const [one, other] = [stepTexts(a), stepTexts(b)];
  const lengths = Array.from({ length: one.length + 1 }, () => new Uint32Array(other.length + 1));
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      lengths[i]![j] =
        one[i] === other[j]
          ? lengths[i + 1]![j + 1]! + 1
          : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  const pairs: StepPair[] = [];
  let [i, j] = [0, 0];
  const left: string[] = [];
  const right: string[] = [];
  const flush = () => {
    for (let at = 0; at < Math.max(left.length, right.length); at++) {
      pairs.push({ a: left[at], b: right[at], differs: true });
    }
    left.length = 0;
    right.length = 0;
  };
  while (i < one.length || j < other.length) {
    if (i < one.length && j < other.length && one[i] === other[j]) {
      flush();
      pairs.push({ a: one[i++], b: other[j++], differs: false });
    } else if (
      j >= other.length ||
      (i < one.length && lengths[i + 1]![j]! >= lengths[i]![j + 1]!)
    ) {
      left.push(one[i++]!);
    } else right.push(other[j++]!);
  }
  flush();
  return pairs;
}

function stepTexts(graph: Graph): string[] {
  const { nodes } = encodeGraph(graph);
  return nodes.map(({ op, label, attributes }, at) => {
    const settings = Object.entries(attributes)
      .map(([name, value]) => `${name} ${typeof value === "object" ? canonicalJson(value) : value}`)
      .join(", ");
    const name = label === "" || label === op ? op : `${label}: ${op}`;
    const shape = graph.nodes[at]!.shape.join("×");
    return `${name}${settings === "" ? "" : ` (${settings})`} → ${shape}`;
  });
}

/** A parameter of one network or of both. */
export interface WeightPair {
  readonly name: string;
  readonly shapeA: readonly number[] | undefined;
  readonly shapeB: readonly number[] | undefined;
  /** Root of the mean square. */
  readonly sizeA: number | undefined;
  readonly sizeB: number | undefined;
  /** Root of the mean square of the difference, where the shapes are the same. */
  readonly distance: number | undefined;
}

/** The weights of two networks by their names. */
export function compareWeights(a: NamedTensors, b: NamedTensors): WeightPair[] {
  const names = [...new Set([...a.keys(), ...b.keys()])];
  return names.map((name) => {
    const [one, other] = [a.get(name), b.get(name)];
    const isSame = one && other && one.shape.join() === other.shape.join();
    return {
      name,
      shapeA: one?.shape,
      shapeB: other?.shape,
      sizeA: one && rootMeanSquare(one.values),
      sizeB: other && rootMeanSquare(other.values),
      distance: isSame
        ? rootMeanSquare(one.values.map((value, at) => value - other.values[at]!))
        : undefined,
    };
  });
}

function rootMeanSquare(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at]! ** 2;
  return Math.sqrt(sum / Math.max(1, values.length));
}
