// Draws pictures to try things on: circles, squares and triangles of any colour, in folders by class.
//   node examples/draw-pictures.js pictures 300       300 of each class
//   node examples/draw-pictures.js new 1 7            others, by another seed
// The same arguments draw the same pictures.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";

const [folder = "pictures", count = "300", seed = "1"] = process.argv.slice(2);
const shapes = ["circle", "square", "triangle"];

let state = Number(seed);
/** A number from `least` to `most`. */
function random(least, most) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return least + ((most - least) * state) / 2 ** 32;
}

/** Whether a point is inside a shape of radius 1. */
function isInside(shape, x, y) {
  if (shape === "circle") return Math.hypot(x, y) < 1;
  if (shape === "square") return Math.max(Math.abs(x), Math.abs(y)) < 0.85;
  return y < 0.7 && Math.abs(x) < (y + 1) * 0.6;
}

/** One shape, turned and somewhere, on a noisy background, as a PNG. */
function draw(shape) {
  const side = Math.round(random(36, 64));
  const radius = random(0.14, 0.24) * side;
  const [row, column] = [random(radius, side - radius), random(radius, side - radius)];
  const angle = random(-0.5, 0.5);
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const colour = Array.from({ length: 3 }, () => random(0, 160));
  const data = new Uint8Array(side * side * 3);
  for (let at = 0; at < side * side; at++) {
    const y = (Math.floor(at / side) - row) / radius;
    const x = ((at % side) - column) / radius;
    const inside = isInside(shape, cosine * x + sine * y, cosine * y - sine * x);
    for (const [channel, value] of colour.entries()) {
      data[3 * at + channel] = (inside ? value + 35 : 215) + random(-35, 35);
    }
  }
  return encode({ width: side, height: side, channels: 3, depth: 8, data });
}

for (const shape of shapes) {
  mkdirSync(join(folder, shape), { recursive: true });
  for (let index = 1; index <= Number(count); index++) {
    writeFileSync(join(folder, shape, `${index}.png`), draw(shape));
  }
}
console.log(`${3 * Number(count)} pictures in ${folder}`);
