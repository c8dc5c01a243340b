// Tries the cases of a part one after the other, in a scratch folder, and tells what became of each. A process of
// its own, so that a case without end can be ended.
import { mkdirSync } from "node:fs";
import { Random } from "../fuzz/random.js";

/**
 * What a part exports: makes what its cases share, in the current folder, and returns what tries one.
 *
 * @callback Prepare
 * @returns {Promise<(random: Random) => Promise<{ where: string, events: import("./tally.js").Event[] }>>}
 */

const [part, folder, seedText, fromText, stepText] = process.argv.slice(2);
const [seed, from, step] = [seedText, fromText, stepText].map(Number);
mkdirSync(folder, { recursive: true });
process.chdir(folder);
const { prepare } = await import(`./${part}.js`);
const tryCase = await prepare();
let number = from;
process.on("message", async (message) => {
  if (message === "end") process.exit(0);
  const own = number;
  number += step;
  process.send({ number: own, ...(await tryCase(new Random(mixed(seed, own)))) });
});
process.send("ready");

/** Cases of one seed must not share their choices. */
function mixed(a, b) {
  return Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 1, 0xc2b2ae35);
}
