import { firstImages } from "../data/subset.js";
import type { Node } from "../graph/graph.js";
import { differentiateReference } from "../graph/reference.js";
import { withLoss } from "../graph/with-loss.js";
import { counted, thousands } from "../numbers.js";
import { bestClass } from "../train/class-scores.js";
import { classOrder, shuffledOrder } from "../train/image-order.js";
import type { Check, CheckRun, Finding, Subject } from "./check.js";
import { ImageReader, partOf } from "./image-reader.js";
import { inPercent } from "./in-percent.js";
import { imageNode, referenceImages } from "./reference-images.js";

/** How the images are put into batches. */
export interface Arrangement {
  readonly batchSize: number;
  /** `class`: sorted by label, so that a batch is of one class. */
  readonly order: "file" | "class" | "shuffled";
  /** Seed of the shuffle. */
  readonly seed?: number;
}

/** How an arrangement's results differ from those of each image alone. */
export interface ArrangementResult extends Arrangement {
  readonly correct: number;
  /** Images with a log-probability that differs in any bit. */
  readonly changed: number;
  /** Largest change of a log-probability, nats. */
  readonly largestChange: number;
}

export interface LeakageFigures {
  readonly images: number;
  /** Images classified correctly where each is a batch of its own. */
  readonly correctAlone: number;
  readonly arrangements: readonly ArrangementResult[];
  /** Largest gradients of an image's loss with respect to its own pixels and those of other images, float64. */
  readonly gradient: {
    readonly images: number;
    readonly largestOwn: number;
    readonly largestOther: number;
  };
}

const BATCH_SIZES = [2, 8, 64, 256];
const SHUFFLE_SEEDS = [1, 2];
const GRADIENT_IMAGES = 4;

/**
 * Does what an image is classified as depend on the images beside it in the batch?
 *
 * Every image is classified alone, then in batches of 2, 8, 64 and 256, each in file order, sorted by
 * class and shuffled with two seeds. Passes where no log-probability changes in any bit and every image's
 * loss has a gradient of 0 with respect to other images' pixels.
 */
export const checkLeakage: Check<LeakageFigures> = async (subject, run) => {
  if (subject.images < 2) {
    return { verdict: "not tested", text: "one image has no others beside it" };
  }
  const gradient = crossGradient(subject);
  const parts = 1 + BATCH_SIZES.length * (2 + SHUFFLE_SEEDS.length);
  const alone = await readAlone(subject, partOf(run, 0, parts));
  const arrangements: ArrangementResult[] = [];
  for (const batchSize of BATCH_SIZES) {
    const images = testImages(subject);
    const reader = await ImageReader.open(
      subject,
      images,
      [outputOf(subject)],
      batchSize,
      run.threads,
    );
    try {
      for (const arrangement of arrangementsOf(batchSize)) {
        reader.order.set(orderOf(arrangement, images.labels));
        const part = partOf(run, 1 + arrangements.length, parts);
        const logProbabilities = await readAll(reader, subject, part);
        arrangements.push({
          ...arrangement,
          correct: countCorrect(logProbabilities, images.labels),
          ...compare(logProbabilities, alone, images.count),
        });
      }
    } finally {
      reader.close();
    }
  }
  const { count, labels } = testImages(subject);
  const correctAlone = countCorrect(alone, labels);
  return judge({ images: count, correctAlone, arrangements, gradient });
};

function judge(figures: LeakageFigures): Finding<LeakageFigures> {
  const { images, correctAlone, arrangements, gradient } = figures;
  const changed = Math.max(...arrangements.map((each) => each.changed));
  if (changed === 0 && gradient.largestOther === 0) {
    const text = `the same bits alone and in ${arrangements.length} arrangements of ${counted(images, "image")}; no gradient with respect to another image's pixels`;
    return { verdict: "pass", text, figures };
  }
  const largest = Math.max(...arrangements.map((each) => each.largestChange));
  const ends = [
    { correct: correctAlone, where: "alone" },
    ...arrangements.map((each) => ({ correct: each.correct, where: describeArrangement(each) })),
  ];
  const [least, most] = [
    ends.reduce((a, b) => (b.correct < a.correct ? b : a)),
    ends.reduce((a, b) => (b.correct > a.correct ? b : a)),
  ];
  const parts = [
    `${thousands(changed)} of ${counted(images, "image")} depend on their batch, log-probabilities by up to ${largest.toPrecision(3)}`,
    `${inPercent(least.correct / images)} right ${least.where}, ${inPercent(most.correct / images)} ${most.where}`,
  ];
  const relative = inPercent(gradient.largestOther / gradient.largestOwn, 1);
  const pixels = `another image's pixels have up to ${relative} of the gradient of the image's own`;
  const text = `${parts.join(": ")}; ${pixels}`;
  return { verdict: "flag", text, figures };
}

/** `in batches of 64 sorted by class` */
function describeArrangement({ batchSize, order, seed }: Arrangement): string {
  const how = {
    file: "in file order",
    class: "sorted by class",
    shuffled: `shuffled (seed ${seed})`,
  };
  return `in batches of ${batchSize} ${how[order]}`;
}

function testImages({ data, images }: Subject) {
  return firstImages(data.test, data, images);
}

function arrangementsOf(batchSize: number): Arrangement[] {
  return [
    { batchSize, order: "file" },
    { batchSize, order: "class" },
    ...SHUFFLE_SEEDS.map((seed) => ({ batchSize, order: "shuffled", seed }) as const),
  ];
}

function orderOf({ order, seed }: Arrangement, labels: Uint8Array): Uint32Array {
  if (order === "class") return classOrder(labels);
  if (order === "shuffled") return shuffledOrder(labels.length, seed!);
  return Uint32Array.from(labels.keys());
}

async function readAlone(subject: Subject, run: CheckRun): Promise<Float32Array> {
  const reader = await ImageReader.open(subject, testImages(subject), [outputOf(subject)], 1, 1);
  try {
    return await readAll(reader, subject, run);
  } finally {
    reader.close();
  }
}

function outputOf({ graph }: Subject): Node {
  return graph.nodes[graph.output]!;
}

/** Log-probabilities of all images, `[image, class]`, in file order whatever the order of evaluation. */
async function readAll(
  reader: ImageReader,
  subject: Subject,
  run: CheckRun,
): Promise<Float32Array> {
  const output = outputOf(subject);
  const all = new Float32Array(reader.order.length * subject.data.classes);
  await reader.read(run, ({ images, value }) => {
    images.forEach((image, slot) => {
      all.set(value(output, slot), image * subject.data.classes);
    });
  });
  return all;
}

function countCorrect(logProbabilities: Float32Array, labels: Uint8Array): number {
  const classes = logProbabilities.length / labels.length;
  return labels.reduce((correct, label, image) => {
    const own = logProbabilities.subarray(image * classes, (image + 1) * classes);
    return correct + Number(bestClass(own) === label);
  }, 0);
}

/** Compares bits, so that NaN equals NaN. */
function compare(
  found: Float32Array,
  alone: Float32Array,
  images: number,
): Pick<ArrangementResult, "changed" | "largestChange"> {
  const [bits, aloneBits] = [new Uint32Array(found.buffer), new Uint32Array(alone.buffer)];
  const classes = found.length / images;
  let changed = 0;
  let largestChange = 0;
  for (let image = 0; image < images; image++) {
    let differs = false;
    for (let at = image * classes; at < (image + 1) * classes; at++) {
      if (bits[at] === aloneBits[at]) continue;
      differs = true;
      const change = Math.abs(found[at]! - alone[at]!);
      if (change > largestChange) largestChange = change;
    }
    if (differs) changed++;
  }
  return { changed, largestChange };
}

/**
 * The largest |∂ loss of image i / ∂ pixel of image j| for i = j and for i ≠ j, among the first few
 * test images as one batch.
 */
function crossGradient({ graph, data, parameters }: Subject): LeakageFigures["gradient"] {
  const lossGraph = withLoss(graph);
  const batch = referenceImages(graph, data, data.test, GRADIENT_IMAGES);
  const pixels = imageNode(graph);
  let [largestOwn, largestOther] = [0, 0];
  for (const own of batch.keys()) {
    const cotangents = batch.map((_, image) => Float64Array.of(image === own ? 1 : 0));
    const { nodes } = differentiateReference(lossGraph, batch, parameters, cotangents);
    nodes.forEach((gradients, image) => {
      const largest = gradients[pixels]!.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
      if (image === own) largestOwn = Math.max(largestOwn, largest);
      else largestOther = Math.max(largestOther, largest);
    });
  }
  return { images: batch.length, largestOwn, largestOther };
}
