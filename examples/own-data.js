// Images of one's own, from any program: bytes, labels and names. Here circles and crosses that are drawn below.
// `node examples/own-data.js`
import { createHash } from "node:crypto";
import { evaluate, models, train } from "fovea";

const side = 20;

/** Draws `count` images, circles and crosses in turn, at places that depend on `seed`. */
function draw(count, seed) {
  const images = new Uint8Array(count * side * side);
  const labels = Uint8Array.from({ length: count }, (_, image) => image % 2);
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let image = 0; image < count; image++) {
    const [row, column, radius] = [6 + 8 * random(), 6 + 8 * random(), 3 + 2 * random()];
    for (let r = 0; r < side; r++)
      for (let c = 0; c < side; c++) {
        const [y, x] = [r - row, c - column];
        const isNear = Math.hypot(y, x) < radius + 1;
        const isOn =
          labels[image] === 0
            ? Math.abs(Math.hypot(y, x) - radius) < 1
            : isNear && (Math.abs(x) < 1 || Math.abs(y) < 1);
        images[(image * side + r) * side + c] = (isOn ? 200 : 0) + 55 * random();
      }
  }
  return { count, images, labels };
}

const [trainSet, testSet] = [draw(2_000, 1), draw(400, 2)];
const hash = createHash("sha256");
for (const { images, labels } of [trainSet, testSet]) hash.update(images).update(labels);

const data = {
  name: "shapes",
  ...{ channels: 1, rows: side, columns: side },
  ...{ classes: 2, classNames: ["circle", "cross"] },
  ...{ mean: 0.2, std: 0.3 }, // of a training pixel / 255
  ...{ train: trainSet, test: testSet },
  digest: hash.digest("hex"),
  source: "examples/own-data.js",
};

const { parameters } = await train({ model: models.cnn, data, epochs: 3, learningRate: 0.05 });
const { correct, total } = await evaluate({ model: models.cnn, data, parameters });
console.log(`${correct} of ${total} right`);
