// The study of 2021 in a few lines: three of its networks, one recipe, a report. `node examples/reproduce.js [DATA]`
// Two epochs, on MNIST unless other data are named (digits, mnist-r), in a folder of its own. `npm start` trains all five for five epochs.
import { models } from "fovea";
import { createDatedFolder, loadData, trainRuns, writeReport } from "fovea/node";

const { data, reason } = await loadData(process.argv[2] ?? "auto");
console.log(reason);

const recipe = { data, seed: 0, epochs: 2, batchSize: 64, learningRate: 0.01 };
const folder = createDatedFolder("runs", "reproduced");
const runs = ["cnn", "stn", "mha"].map((name) => ({
  ...recipe,
  model: models[name],
  directory: `${folder}/${name}`,
}));

const outcomes = await trainRuns({ runs });
for (const outcome of outcomes) {
  if (outcome.status === "rejected") throw outcome.reason;
  const { record, metrics } = outcome.value;
  console.log(`${record.model}: ${(100 * metrics.at(-1).validationAccuracy).toFixed(2)} %`);
}
const { html } = await writeReport(
  runs.map(({ directory }) => directory),
  folder,
);
console.log(`report: ${html}`);
