import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { type Graph, sizeOf } from "../../src/graph/graph.js";
import { withLoss } from "../../src/graph/with-loss.js";
import { flatten, imageInput, linear, tanh } from "../../src/index.js";
import { type RecipeOptions, recipeOf } from "../../src/train/recipe.js";
import { plateauAfter, plateauStart } from "../../src/train/schedules/plateau.js";
import { scheduleOf } from "../../src/train/schedules/rules.js";
import { scheduledStep } from "../../src/train/schedules/scheduled-steps.js";
import { builds } from "../graph/executors.js";

interface Case {
  readonly learningRate: number;
  readonly recipe: RecipeOptions;
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly firstLoss: number;
  readonly lastLoss: number;
  /** Learning rate and momentum of each step. */
  readonly rates?: readonly (readonly [number, number])[];
}

/** Written by `bench/cross-check/optimizers.py`. */
const pytorch: {
  readonly cases: readonly Case[];
  readonly plateau: {
    readonly losses: readonly (number | "NaN")[];
    readonly runs: readonly { readonly options: object; readonly rates: readonly number[] }[];
  };
} = JSON.parse(readFileSync(new URL("pytorch-training.json", import.meta.url), "utf8"));

const [STEPS, BATCH, IMAGES, SIDE, CLASSES] = [200, 8, 40, 3, 3];
const EPOCH = IMAGES / BATCH;

/** A number in 0..1 that the script computes too. */
function fraction(index: number, salt: number): number {
  return ((index * 7919 + salt * 104729) % 10007) / 10007;
}

const set = {
  count: IMAGES,
  images: Uint8Array.from({ length: IMAGES * SIDE * SIDE }, (_, at) => fraction(at, 1) * 256),
  labels: Uint8Array.from({ length: IMAGES }, (_, at) => fraction(at, 2) * CLASSES),
};

/** Gives logits. */
function network(): Graph {
  const image = imageInput([1, SIDE, SIDE]);
  const hidden = tanh(linear(flatten(image), "fc1", { outFeatures: 5 }));
  return image.builder.finish(linear(hidden, "fc2", { outFeatures: CLASSES }));
}

function firstValues(graph: Graph) {
  let index = 0;
  return new Map(
    graph.parameters.map(({ name, shape }) => [
      name,
      {
        shape,
        values: Float32Array.from({ length: sizeOf(shape) }, () => fraction(index++, 3) - 0.5),
      },
    ]),
  );
}

function stepsOf({ recipe, learningRate }: Case) {
  const { schedule } = recipeOf("test", recipe);
  return Array.from({ length: STEPS }, (_, step) =>
    scheduledStep(schedule, learningRate, { step, steps: STEPS, stepsPerEpoch: EPOCH }),
  );
}

const name = ({ recipe, learningRate }: Case) => `${JSON.stringify(recipe)}, rate ${learningRate}`;

describe.each(builds)("%s: 200 steps end where PyTorch's do", (build) => {
  it.each(pytorch.cases.map((one) => [name(one), one] as const))("%s", async (_, one) => {
    const graph = network();
    const { optimizer, groups, clip, ema, loss } = recipeOf("test", one.recipe);
    const engine = await Engine.create({
      plans: {
        train: { graph: withLoss(graph, loss), training: true, objective: "loss", update: true },
      },
      sets: { set },
      update: { optimizer, groups, clip, ema },
      ...{ batchSize: BATCH, threads: 1, mean: 0.5, std: 0.25, build },
    });
    engine.setParameters(firstValues(graph));
    const steps = stepsOf(one);
    const losses: number[] = [];
    for (let stepBase = 0; stepBase < STEPS; stepBase += EPOCH) {
      const own = steps.slice(stepBase, stepBase + EPOCH);
      const momentum = own.flatMap((step) => step.momentum ?? []);
      engine.run({
        ...{ plan: "train", set: "set", from: 0, to: EPOCH, stepBase },
        learningRate: own.map(({ learningRate }) => learningRate),
        ...(momentum.length > 0 && { momentum }),
      });
      losses.push(...engine.stepLosses("set"));
    }
    const found = ema === undefined ? engine.parameters() : engine.averages();
    engine.close();
    expect(Math.abs(losses[0]! / BATCH - one.firstLoss)).toBeLessThan(1e-6);
    expect(Math.abs(losses.at(-1)! / BATCH - one.lastLoss)).toBeLessThan(1e-5);
    for (const [parameter, values] of Object.entries(one.parameters)) {
      const own = found.get(parameter)!.values;
      const errors = values.map((value, at) => Math.abs(own[at]! - value));
      expect(Math.max(...errors), parameter).toBeLessThan(1e-5);
    }
  });
});

describe("schedules give PyTorch's learning rates and momenta", () => {
  const scheduled = pytorch.cases.filter(({ rates }) => rates !== undefined);

  it.each(scheduled.map((one) => [name(one), one] as const))("%s", (_, one) => {
    const steps = stepsOf(one);
    one.rates!.forEach(([rate, momentum], step) => {
      const found = steps[step]!;
      expect(found.learningRate, `step ${step}`).toBeCloseTo(rate, 9);
      if (found.momentum !== undefined) expect(found.momentum).toBeCloseTo(momentum, 8);
    });
  });

  it.each(
    pytorch.plateau.runs.map(
      ({ options, rates }) => [JSON.stringify(options), options, rates] as const,
    ),
  )("plateau %s", (_, options, rates) => {
    const schedule = scheduleOf("test", { kind: "plateau", ...options }, false);
    if (schedule.kind !== "plateau") throw new Error("no plateau");
    let state = plateauStart(0.1);
    pytorch.plateau.losses.forEach((loss, epoch) => {
      state = plateauAfter(schedule, state, Number(loss));
      expect(state.learningRate, `epoch ${epoch}`).toBeCloseTo(rates[epoch]!, 9);
    });
  });
});
