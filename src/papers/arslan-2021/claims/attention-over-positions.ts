import { thousands } from "../../../numbers.js";
import { type CheckpointEvaluation, type CheckpointRecord, orderWords } from "../checkpoints.js";
import type { PublishedEpoch } from "../published.js";
import type { Claim, Evidence, Judgement, Measure } from "./claim.js";
import { lowestLoss } from "./curve.js";
import { accuracyMeasure, evaluationMeasure } from "./measures.js";

/** Rounding: sums of the same losses in different orders differ by less than this. */
const rounding = 1e-6;

/** The claim that the published network attends over the positions of an image. */
export const attentionOverPositionsClaim: Claim = {
  id: "attention-over-positions",
  statement: "The attention relates all positions of the image's grid to each other.",
  rule: "Such a network gives an image the same result whatever other images are in its batch. Confirmed if the published checkpoint gives the same count and loss for every batch size and order of the test images; else not confirmed.",
  judge,
};

function judge({ curves, checkpoints }: Evidence): Judgement {
  const attending = checkpoints.find(({ model }) => model === "mha-batch");
  const evaluations = attending ? asTrained(attending) : [];
  const kept = lowestLoss(curves.get("mha-batch") ?? []);
  const figures = {
    published: kept
      ? [
          {
            ...accuracyMeasure("mha-batch", "at the lowest loss", kept),
            loss: kept.validationLoss,
          },
        ]
      : [],
    checkpoint: (attending?.evaluations ?? []).map(settingMeasure),
    trained: [],
  };
  if (evaluations.length < 2) {
    return { verdict: "not testable", reason: "No evaluations of its checkpoint.", ...figures };
  }
  if (indifferent(evaluations)) {
    const reason = "The checkpoint gives the same for every batch size and order.";
    return { verdict: "confirmed", reason, ...figures };
  }
  const counts = evaluations.map(({ correct }) => correct);
  const losses = evaluations.map(({ loss }) => loss);
  const reason = `The checkpoint gets ${thousands(Math.min(...counts))} to ${thousands(Math.max(...counts))} of the same ${thousands(evaluations[0]!.total)} images right, with losses of ${Math.min(...losses).toFixed(4)} to ${Math.max(...losses).toFixed(4)}, depending on the other images of the batch: at each position, the images of a batch attend to each other.`;
  const others = checkpoints.filter((each) => each !== attending).map(asTrained);
  const same =
    others.length > 0 && others.every(indifferent)
      ? " The checkpoints without attention give the same in batches of 1 and of 64."
      : "";
  const unexplained = kept ? describeUnexplained(kept, evaluations) : "";
  return { verdict: "not confirmed", reason: reason + same + unexplained, ...figures };
}

/** Says so where no setting gives the loss that was published for the epoch that was kept. */
function describeUnexplained(
  { epoch, validationLoss }: PublishedEpoch,
  evaluations: readonly CheckpointEvaluation[],
): string {
  const published = validationLoss.toFixed(4);
  if (evaluations.some(({ loss }) => loss.toFixed(4) === published)) return "";
  return ` No order that was tried gives the published loss of the kept epoch (${published}, epoch ${epoch}). That is unexplained: the order in which the study classified its validation images is unknown.`;
}

/** The evaluations as the network that was trained. */
function asTrained({ model, evaluations }: CheckpointRecord): CheckpointEvaluation[] {
  return evaluations.filter((each) => each.model === model);
}

function indifferent(evaluations: readonly CheckpointEvaluation[]): boolean {
  const losses = evaluations.map(({ loss }) => loss);
  const sameCount = evaluations.every(({ correct }) => correct === evaluations[0]!.correct);
  return sameCount && Math.max(...losses) - Math.min(...losses) < rounding;
}

function settingMeasure(evaluation: CheckpointEvaluation): Measure {
  const { model, batchSize } = evaluation;
  return evaluationMeasure(model, `batches of ${batchSize}, ${orderWords(evaluation)}`, evaluation);
}
