import type { ReportedStudy } from "./reported-study.js";

/** A test image that one model gets right more often than another. */
export interface Disagreement {
  readonly image: number;
  readonly label: number;
  /** What it is taken for most often where it is wrong; −1 for no class. */
  readonly mistake: number;
  /** In the order of `models`. */
  readonly right: readonly number[];
  /** Bytes, channels last. */
  readonly pixels: Uint8Array;
}

export interface DisagreementsData {
  readonly models: readonly { readonly name: string; readonly seeds: number }[];
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly images: readonly Disagreement[];
  /** How many images with a picture there are to choose from, and how many of them models disagree on. */
  readonly pictures: number;
  readonly disputed: number;
}

const mostImages = 24;
const mostModels = 5;

/**
 * Images on which models disagree, the largest difference first; of those that some run is sure about and wrong, as runs
 * keep the pictures of no others. Of many models, those with the highest means.
 *
 * @returns undefined where fewer than two models have predictions, or there is no such image
 */
export function disagreementsData({
  runs,
  comparison,
  predictions,
}: Pick<ReportedStudy, "runs" | "comparison" | "predictions">): DisagreementsData | undefined {
  if (predictions === undefined) return undefined;
  const { rows, columns, channels, labels, images, pixels } = predictions;
  const byKey = new Map(predictions.runs.map(({ key, predicted }) => [key, predicted]));
  const best = [...comparison.models].sort((a, b) => b.mean - a.mean).map(({ model }) => model);
  const known = best
    .map((name) => ({
      name,
      predicted: runs.flatMap(({ model, key }) =>
        model === name && byKey.has(key) ? [byKey.get(key)!] : [],
      ),
    }))
    .filter(({ predicted }) => predicted.length > 0)
    .slice(0, mostModels);
  if (known.length < 2) return undefined;
  const size = rows * columns * channels;
  const disputed = Array.from(images, (image, at) => {
    const label = labels[image]!;
    const right = known.map(
      ({ predicted }) => predicted.filter((run) => run[image] === label).length,
    );
    const shares = right.map((count, model) => count / known[model]!.predicted.length);
    const wrong = known.flatMap(({ predicted }) =>
      predicted.map((run) => run[image]!).filter((found) => found !== label),
    );
    return {
      ...{ image, label, right, mistake: mostFrequent(wrong) },
      gap: Math.max(...shares) - Math.min(...shares),
      pixels: pixels.subarray(at * size, (at + 1) * size),
    };
  }).filter(({ gap }) => gap > 0);
  if (disputed.length === 0) return undefined;
  const shown = disputed.sort((a, b) => b.gap - a.gap || a.image - b.image).slice(0, mostImages);
  return {
    models: known.map(({ name, predicted }) => ({ name, seeds: predicted.length })),
    ...{ rows, columns, channels },
    images: shown.map(({ gap: _, ...image }) => image),
    pictures: images.length,
    disputed: disputed.length,
  };
}

/** Of equally frequent classes the smallest. */
function mostFrequent(classes: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const each of classes) counts.set(each, (counts.get(each) ?? 0) + 1);
  const sorted = [...counts].sort(([a, one], [b, other]) => other - one || a - b);
  return sorted[0]?.[0] ?? -1;
}
