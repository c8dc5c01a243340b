import type { ModelName } from "../../../models/index.js";
import { listed, percent, thousands } from "../../../numbers.js";
import { fileOrder } from "../checkpoints.js";
import { publishedTotal, studyFigures } from "../published.js";
import type { Claim, Evidence, Judgement } from "./claim.js";
import { lowestLoss, mostAccurate } from "./curve.js";
import { accuracyMeasure, bestMeasure, evaluationMeasure } from "./measures.js";
import { imagesOf } from "./noise.js";

const studied = ["stn", "coordconv-stn", "mha-batch"] as const satisfies readonly ModelName[];

/** The claim that the printed accuracies are test accuracies: that the test images had no part in choosing. */
export const testAccuracyClaim: Claim = {
  id: "test-accuracy",
  statement: "The printed accuracies are the test accuracies of the trained networks.",
  rule: "Not confirmed if every printed accuracy is the best of 300 epochs on the same images on which it is counted, and the checkpoint that the study kept classifies fewer of them correctly; else confirmed.",
  judge,
};

function judge({ curves, checkpoints, runs }: Evidence): Judgement {
  const kept = studied.flatMap((model) =>
    checkpoints.flatMap((each) =>
      each.model === model ? fileOrder(each).map((evaluation) => ({ model, evaluation })) : [],
    ),
  );
  const figures = {
    published: studied.flatMap((model) => endings(model, curves.get(model) ?? [])),
    checkpoint: kept.map(({ model, evaluation }) =>
      evaluationMeasure(model, "lowest loss, kept by the study", evaluation),
    ),
    trained: studied.flatMap((model) => endings(model, runs.get(model)?.metrics ?? [])),
  };
  const printed = (model: ModelName) => imagesOf(studyFigures(model)!.bestAccuracy);
  const picked = studied.every(
    (model) => imagesOf(mostAccurate(curves.get(model)!)!.validationAccuracy) === printed(model),
  );
  if (kept.length < studied.length) {
    const reason = "No evaluations of the published checkpoints.";
    return { verdict: "not testable", reason, ...figures };
  }
  const fewer = kept.every(({ model, evaluation }) => evaluation.correct < printed(model));
  if (!picked || !fewer) {
    const reason = "The kept checkpoints are as accurate as printed.";
    return { verdict: "confirmed", reason, ...figures };
  }
  const counts = kept.map(
    ({ model, evaluation }) =>
      `${percent(evaluation.correct / evaluation.total)} % (${model}, ${printed(model) - evaluation.correct} fewer)`,
  );
  return {
    verdict: "not confirmed",
    reason: `Each is the best of 300 epochs, chosen on the same ${thousands(publishedTotal)} images on which it is counted. The networks that were kept get ${listed(counts)} in batches of 64. No images were held out for the choice.`,
    ...figures,
  };
}

/** Accuracies of the best epoch, of the lowest loss and of the last epoch: what the choice of the epoch adds. */
function endings(model: ModelName, curve: Parameters<typeof bestMeasure>[1]) {
  const lowest = lowestLoss(curve);
  const last = curve.at(-1);
  return [
    ...bestMeasure(model, curve),
    ...(lowest ? [accuracyMeasure(model, "at the lowest loss", lowest)] : []),
    ...(last ? [accuracyMeasure(model, "last epoch", last)] : []),
  ];
}
