// A page in which a network learns. `npm i fovea`, `npm i -D vite`, then `npx vite examples/web`
import { digits, models, Session } from "fovea";

const said = document.querySelector("#said");
const data = digits({ train: 2_000, test: 500 });
const session = await Session.create({ model: models.cnn, data, learningRate: 0.05 });

for (let step = 1; step <= 300; step++) {
  const { loss } = await session.step();
  if (step % 10 === 0) said.textContent = `step ${step}: loss ${loss.toFixed(3)}`;
}
const { correct, total } = await session.evaluate();
said.textContent = `${correct} of ${total} test images right`;
session.close();
