import type { Run } from "../runs/run-folder.js";

const defaultBatchSize = 64;
const defaultLearningRate = 0.01;

/** The command lines that repeat these runs: one for runs that differ in nothing but the model. */
export function reproduceCommands(runs: readonly Run[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { record } of runs) {
    const settings = [
      `--epochs ${record.epochs}`,
      `--seed ${record.seed}`,
      `--data ${shellWord(dataArgument(record.data))}`,
      record.batchSize === defaultBatchSize ? "" : `--batch-size ${record.batchSize}`,
      record.learningRate === defaultLearningRate ? "" : `--learning-rate ${record.learningRate}`,
    ]
      .filter((text) => text !== "")
      .join(" ");
    const models = groups.get(settings) ?? [];
    if (!models.includes(record.model)) models.push(record.model);
    groups.set(settings, models);
  }
  return [...groups].map(([settings, models]) =>
    models.length === 1
      ? `fovea train ${models[0]} ${settings}`
      : `fovea reproduce --models ${models.join(",")} ${settings}`,
  );
}

/** Named data is found by its name on every machine; anything else is a folder. */
function dataArgument(data: Run["record"]["data"]): string {
  return data.name === "mnist" || data.name === "digits" ? data.name : data.source;
}

function shellWord(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
