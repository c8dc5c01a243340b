// Kills the process of a study with a real `kill -9` at a random moment, starts it again, and compares all files with
// those of a study that nothing disturbed.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { contentOfStudy } from "../study/content-of-study.js";
import { shown, spawnCommand } from "./commands.js";

const common = {
  ...{ format: 1, seeds: 2, data: "digits" },
  recipe: { validation: 10, batchSize: 8, optimizer: { kind: "sgd", momentum: 0.9 } },
};

/** Manifests by name. A stateful recipe has a file more that a kill can come before. */
const studies = {
  seeds: {
    ...common,
    models: ["cnn"],
    recipe: { ...common.recipe, epochs: 3, ema: { decay: 0.9 } },
  },
  halving: {
    ...{ ...common, seeds: 1, models: ["cnn"] },
    grid: { "recipe.learningRate": [0.001, 0.01, 0.03, 0.1] },
    search: { kind: "halving", factor: 2, firstEpochs: 1, epochs: 4, finalists: 1, seeds: 2 },
  },
  median: {
    ...{ ...common, seeds: 1, models: ["cnn"], recipe: { ...common.recipe, epochs: 3 } },
    search: {
      ...{ kind: "median", leastRuns: 2, runs: 5, seed: 1 },
      space: { "recipe.learningRate": { log: [0.001, 0.3] } },
    },
  },
};

/** @type {import("./worker.js").Prepare} */
export async function prepare() {
  mkdirSync("files");
  /** What undisturbed studies end with, and the milliseconds that they take. */
  const known = new Map();
  const knownOf = async (name) => {
    if (!known.has(name)) {
      writeFileSync(`files/${name}.json`, JSON.stringify(studies[name]));
      const began = performance.now();
      const answer = await spawnCommand(commandOf(name, name));
      if (answer.code !== 0) throw new Error(`${name}: ${shown(answer)}`);
      known.set(name, { content: contentOfStudy(name), time: performance.now() - began });
    }
    return known.get(name);
  };

  return async (random) => {
    const name = random.pick(Object.keys(studies));
    const { content, time } = await knownOf(name);
    const moment = random.below(Math.ceil(time));
    const where = `${name}, kill -9 after ${moment} ms`;
    const killed = await spawnCommand(commandOf(name, "out"), {}, moment);
    const again = await spawnCommand(commandOf(name, "out"));
    const event = eventOf(killed, again, () => isDeepStrictEqual(contentOfStudy("out"), content));
    rmSync("out", { recursive: true });
    return { where, events: [event] };
  };
}

function commandOf(name, out) {
  return ["study", `files/${name}.json`, "--out", out, "--threads", "2"];
}

function eventOf(killed, again, isSame) {
  // It may have ended before its moment came.
  if (killed.signal !== "SIGKILL" && killed.code !== 0) {
    return { kind: "crash", what: `before the kill: ${shown(killed)}` };
  }
  if (again.signal !== null) return { kind: "hang", what: shown(again) };
  if (again.code !== 0) return { kind: "lost", what: shown(again) };
  return isSame() ? { kind: "resumed" } : { kind: "changed", what: "other files" };
}
