import type { NamedTensors } from "../graph/tensors.js";
import { trainingDefaults } from "./defaults.js";
import { evaluate } from "./evaluate.js";
import type { TestResult } from "./metrics.js";
import type { TrainOptions } from "./train-options.js";

/** Scores the chosen weights on the test images. */
export async function testBest(
  {
    model,
    data,
    batchSize,
    threads,
  }: Pick<TrainOptions, "model" | "data" | "batchSize" | "threads">,
  { epoch, parameters }: { readonly epoch: number; readonly parameters: NamedTensors },
): Promise<TestResult> {
  const size = batchSize ?? trainingDefaults.batchSize;
  const result = await evaluate({ model, data, parameters, batchSize: size, threads });
  const { correct, total, accuracy, loss } = result;
  return { selection: "validation", epoch, correct, total, accuracy, loss };
}
