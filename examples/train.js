// Trains two networks on a part of the built-in digits and compares them: node examples/train.js
import { countParameters, digits, evaluate, models, train } from "fovea";

const data = digits({ train: 12_000, test: 2_000 });

for (const definition of [models.cnn, models.stn]) {
  const model = definition.build(data);
  const { parameters, epochs } = await train({ model, data, epochs: 2, learningRate: 0.05 });
  const { correct, total } = await evaluate({ model, data, parameters });
  const size = countParameters(model.graph);
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0).toFixed(1);
  console.log(`${model.name}: ${size} parameters, ${correct} of ${total} right after ${seconds} s`);
}
