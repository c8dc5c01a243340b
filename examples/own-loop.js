// A training loop of one's own: steps, a learning rate that is changed by hand, a look at what the network says.
// `node examples/own-loop.js`
import { digits, models, Session } from "fovea";

const data = digits({ train: 6_000, test: 1_000 });
const session = await Session.create({
  model: models.cnn,
  data,
  optimizer: { kind: "sgd", momentum: 0.9 },
  learningRate: 0.02,
});

let smoothed = Math.log(10); // the loss of a guess
for (let step = 1; step <= 300; step++) {
  const { loss } = await session.step();
  smoothed += 0.05 * (loss - smoothed);
  if (step === 200) session.setLearningRate(0.005);
  if (step % 100 === 0) console.log(`step ${step}: loss ${smoothed.toFixed(3)}`);
}

const { correct, total } = await session.evaluate();
console.log(`${correct} of ${total} test images right`);
const size = data.channels * data.rows * data.columns;
const [first] = await session.predict(data.test.images.subarray(0, size));
console.log(`the first one is a ${data.test.labels[0]}, taken for a ${first.predicted}`);
session.close();
