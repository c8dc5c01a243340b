// Opens and closes engines one after the other on as many images as MNIST has; prints the most memory that the
// process took, in MB.
import { Engine } from "../../dist/engine/engine.js";
import { withLoss } from "../../dist/graph/with-loss.js";
import { models } from "../../dist/index.js";
import { initialize } from "../../dist/train/initialize.js";
import { ScriptOptions } from "../script-options.js";

const usage = `node test/engine/soak.js [engines, 100] [threads, 2]

Opens and closes engines one after the other; prints the most memory that the process took, in MB.`;
const options = new ScriptOptions("soak", usage, {}, { arguments: 2 });
const [engines, threads] = ["100", "2"].map((usual, index) =>
  options.numberOf(["engines", "threads"][index], options.arguments[index] ?? usual, 1),
);
const images = { channels: 1, rows: 28, columns: 28 };
const count = 60_000;
const set = { count, images: new Uint8Array(count * 784), labels: new Uint8Array(count) };

for (let number = 0; number < engines; number++) {
  // Of different sizes: what one gives back is not always large enough for the next.
  const name = ["cnn", "stn", "mha"][number % 3];
  const { graph } = models[name].build({ ...images, classes: 10 });
  const engine = await Engine.create({
    plans: { train: { graph: withLoss(graph), training: true, objective: "loss", update: true } },
    sets: { train: set },
    batchSize: 64,
    threads,
  });
  engine.setParameters(initialize(graph, number));
  engine.run({ plan: "train", set: "train", from: 0, to: 1, learningRate: 0.01 });
  engine.close();
  // Threads end by and by.
  await new Promise((resolve) => setTimeout(resolve, 20));
}
console.log(Math.round(process.resourceUsage().maxRSS / 1000));
