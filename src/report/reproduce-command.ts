import type { Run } from "../runs/run-folder.node.js";

const defaultBatchSize = 64;
const defaultLearningRate = 0.01;

/**
 * The command lines that repeat these runs: one for runs of the study's recipe that differ in
 * nothing but the model, one a run for other settings, which only `fovea train` takes.
 */
export function reproduceCommands(runs: readonly Run[]): string[] {
  const recipeRuns = new Map<string, string[]>();
  const others: string[] = [];
  for (const { record } of runs) {
    const { epochs, batchSize, learningRate } = record.spec.recipe;
    const settings = `--epochs ${epochs} --seed ${record.spec.seed} --data ${shellWord(dataArgument(record.data))}`;
    if (batchSize !== defaultBatchSize || learningRate !== defaultLearningRate) {
      const own = `--batch-size ${batchSize} --learning-rate ${learningRate}`;
      others.push(`fovea train ${record.model} ${settings} ${own}`);
      continue;
    }
    const models = recipeRuns.get(settings) ?? [];
    if (!models.includes(record.model)) models.push(record.model);
    recipeRuns.set(settings, models);
  }
  const lines = [...recipeRuns].map(([settings, models]) =>
    models.length === 1
      ? `fovea train ${models[0]} ${settings}`
      : `fovea reproduce --models ${models.join(",")} ${settings}`,
  );
  return [...lines, ...new Set(others)];
}

/** Named data is found by its name on every machine; anything else is a folder. */
function dataArgument(data: Run["record"]["data"]): string {
  return data.name === "mnist" || data.name === "digits" ? data.name : data.source;
}

/** A word of a command line, quoted where a shell would read more than a word. */
export function shellWord(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
