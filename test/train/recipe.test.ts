import { describe, expect, it } from "vitest";
import { digits } from "../../src/data/sources/digits.js";
import { Engine } from "../../src/engine/engine.js";
import { withLoss } from "../../src/graph/with-loss.js";
import {
  defineModel,
  flatten,
  linear,
  logSoftmax,
  maxPool2d,
  relu,
  type TrainOptions,
} from "../../src/index.js";
import { evaluate } from "../../src/train/evaluate.js";
import { initialize } from "../../src/train/initialize.js";
import { type RecipeOptions, recipeSections } from "../../src/train/recipe.js";
import {
  parseAugmentation,
  parseGroup,
  parseSection,
  parseWarmUp,
  recipeArguments,
} from "../../src/train/recipe-text.js";
import { train } from "../../src/train/train.js";
import { recipes } from "./recipes.js";

const data = digits({ train: 150, test: 60 });

const layers = (image: Parameters<Parameters<typeof defineModel>[1]>[0], classes: number) => {
  const x = relu(linear(flatten(maxPool2d(image, 4)), "loc.fc", { outFeatures: 9 })); // [9]
  return linear(x, "head", { outFeatures: classes }); // [classes]
};
const logits = defineModel("logits", (image, { classes }) => layers(image, classes));
const logProbabilities = defineModel("probabilities", (image, { classes }) =>
  logSoftmax(layers(image, classes)),
);

const common = { model: logits, data, batchSize: 32, seed: 2, learningRate: 0.01 } as const;

const cases = Object.entries(recipes);

describe.each(cases)("%s", (_, recipe) => {
  it("has the same bits with 1, 2, 3 and 8 threads", async () => {
    const alone = await train({ ...common, ...recipe, epochs: 2, threads: 1 });
    for (const { values } of alone.parameters.values()) {
      expect(values.every(Number.isFinite)).toBe(true);
    }
    for (const threads of [2, 3, 8]) {
      const { parameters, state } = await train({ ...common, ...recipe, epochs: 2, threads });
      expect(parameters).toEqual(alone.parameters);
      expect(state).toEqual(alone.state);
    }
  });

  it("has the same bits after a stop, and validates the weights that it gives", async () => {
    const resumes: TrainOptions["resume"][] = [];
    const whole = await train({
      ...{ ...common, ...recipe, epochs: 4, threads: 1 },
      onEpoch: ({ epoch }, parameters, state) =>
        void resumes.push({ epoch, parameters, ...(state && { state }) }),
    });
    for (const resume of resumes.slice(0, 3)) {
      const rest = await train({ ...common, ...recipe, epochs: 4, threads: 2, resume });
      expect(rest.parameters).toEqual(whole.parameters);
      expect(rest.state).toEqual(whole.state);
      expect(rest.epochs.at(-1)!.learningRate).toBe(whole.epochs.at(-1)!.learningRate);
    }
    const { model, batchSize } = common;
    const { loss } = await evaluate({ model, data, batchSize, parameters: whole.parameters });
    expect(whole.epochs.at(-1)!.validationLoss).toBe(loss);
  });

  it("is recorded in one form, which its words on the command line give back", () => {
    const sections = recipeSections("test", recipe);
    expect(recipeSections("test", JSON.parse(JSON.stringify(sections)))).toEqual(sections);
    expect(recipeSections("test", fromArguments(recipeArguments(sections)))).toEqual(sections);
  });
});

/** What the command line makes of options. */
function fromArguments(given: readonly (readonly [string, string])[]): RecipeOptions {
  const values = (option: string) =>
    given.flatMap(([name, text]) => (name === option ? [text] : []));
  const read = (option: string) =>
    values(option).map((text) => parseSection("test", option, text))[0];
  const [warmup] = values("warmup").map((text) => parseWarmUp("test", "warmup", text));
  const [norm] = values("clip-norm");
  const [value] = values("clip-value");
  const [decay] = values("ema");
  const [augment] = values("augment").map((text) => parseAugmentation("test", "augment", text));
  const schedule = read("schedule");
  return {
    optimizer: read("optimizer"),
    ...(schedule && { schedule: { ...schedule, ...(warmup && { warmup }) } }),
    groups: values("group").map((text) => parseGroup("test", "group", text)),
    ...(norm !== undefined && { clip: { norm: Number(norm) } }),
    ...(value !== undefined && { clip: { value: Number(value) } }),
    ...(decay !== undefined && { ema: { decay: Number(decay) } }),
    loss: read("loss"),
    augment,
  } as unknown as RecipeOptions;
}

describe("a recipe", () => {
  it("records nothing where everything is the default", () => {
    const plain = {
      optimizer: { kind: "sgd", momentum: 0 },
      schedule: { kind: "constant" },
      groups: [],
      loss: { kind: "crossEntropy", labelSmoothing: 0 },
    } as const;
    expect(recipeSections("test", plain)).toEqual({});
  });

  it("trains logits to the bits of log-probabilities", async () => {
    const one = await train({ ...common, epochs: 1 });
    const other = await train({ ...common, model: logProbabilities, epochs: 1 });
    expect(other.parameters).toEqual(one.parameters);
    expect(other.epochs[0]!.validationLoss).toBe(one.epochs[0]!.validationLoss);
  });

  it("leaves frozen parameters at their initial values", async () => {
    const { graph } = logits.build(data);
    const groups = [{ match: "loc.*", frozen: true }];
    const { parameters } = await train({ ...common, groups, epochs: 1 });
    const first = initialize(graph, common.seed);
    expect(parameters.get("loc.fc.weight")).toEqual(first.get("loc.fc.weight"));
    expect(parameters.get("head.weight")).not.toEqual(first.get("head.weight"));
  });

  it("trains the parameters of a group as a training with its learning rate does, in the first step", async () => {
    const few = { ...data, train: { count: 8, ...firstImages(8) } };
    const settings = { ...common, data: few, epochs: 1, learningRate: 0.02 };
    const slow = await train({ ...settings, groups: [{ match: "*.bias", rate: 0.5 }] });
    const [fast, half] = await Promise.all([
      train(settings),
      train({ ...settings, learningRate: 0.01 }),
    ]);
    for (const name of slow.parameters.keys()) {
      const expected = name.endsWith(".bias") ? half : fast;
      expect(slow.parameters.get(name)).toEqual(expected.parameters.get(name));
    }
  });

  it("never touches buffers, and copies them to the averages", async () => {
    const { graph } = logits.build(data);
    const parameters = graph.parameters.map((each) =>
      each.name === "loc.fc.bias" ? { ...each, buffer: true as const } : each,
    );
    const buffered = { ...graph, parameters };
    const engine = await Engine.create({
      plans: {
        train: { graph: withLoss(buffered), training: true, objective: "loss", update: true },
      },
      sets: { train: data.train },
      update: { optimizer: { kind: "adamw", weightDecay: 0.5 }, ema: { decay: 0.5 } },
      batchSize: 32,
    });
    const first = initialize(graph, 1);
    engine.setParameters(first);
    engine.run({ plan: "train", set: "train", from: 0, to: 4, learningRate: 0.1 });
    const name = "loc.fc.bias";
    expect(engine.parameters().get(name)).toEqual(first.get(name));
    expect(engine.averages().get(name)).toEqual(first.get(name));
    expect([...engine.updateState().keys()]).not.toContain(`exp_avg.${name}`);
    expect(engine.parameters().get("head.bias")).not.toEqual(first.get("head.bias"));
    engine.close();
  });
});

function firstImages(count: number) {
  const size = data.channels * data.rows * data.columns;
  return {
    images: data.train.images.slice(0, count * size),
    labels: data.train.labels.slice(0, count),
  };
}

const refused: readonly (readonly [object, string])[] = [
  [
    { optimizer: { kind: "lion" } },
    'train: expected optimizer.kind to be sgd, adam, adamw or rmsprop, got "lion"',
  ],
  [
    { optimizer: "adam" },
    "train: expected optimizer.kind to be sgd, adam, adamw or rmsprop, got undefined",
  ],
  [
    { optimizer: { kind: "adam", amsgrad: true } },
    "train: optimizer adam: expected options kind, betas, eps, weightDecay, got amsgrad",
  ],
  [
    { optimizer: { kind: "adam", nesterov: true } },
    "train: optimizer adam: expected options kind, betas, eps, weightDecay, got nesterov",
  ],
  [
    { optimizer: { kind: "sgd", momentum: -1 } },
    "train: expected optimizer.momentum to be a number of 0 or more, got -1",
  ],
  [
    { optimizer: { kind: "sgd", nesterov: true } },
    "train: expected optimizer.nesterov only with momentum above 0 and dampening 0, got momentum 0 and dampening 0",
  ],
  [
    { optimizer: { kind: "sgd", dampening: 0.1 } },
    "train: expected optimizer.dampening only with momentum, got momentum 0",
  ],
  [
    { optimizer: { kind: "adam", betas: [0.9, 1] } },
    "train: expected optimizer.betas to be two numbers of 0 or more and below 1, got 0.9, 1",
  ],
  [
    { optimizer: { kind: "adam", eps: 0 } },
    "train: expected optimizer.eps to be a number above 0, got 0",
  ],
  [
    { optimizer: { kind: "rmsprop", centered: 1 } },
    "train: expected optimizer.centered to be true or false, got 1",
  ],
  [
    { optimizer: { kind: "rmsprop", alpha: Number.NaN } },
    "train: expected optimizer.alpha to be a number of 0 or more and below 1, got NaN",
  ],
  [
    { groups: [{ match: "conv*" }] },
    'engine: expected groups[0].match to match a trained parameter that no group before it matches, got "conv*"',
  ],
  [
    { groups: [{ match: "*", frozen: true }] },
    "engine: expected a parameter that is not frozen, got none",
  ],
  [
    { groups: [{ match: "head.*", rate: 2, frozen: true }] },
    "train: expected groups[0] to have neither rate nor weightDecay, as it is frozen, got rate",
  ],
  [
    { groups: [{ rate: 2 }] },
    "train: expected groups[0].match to be a pattern of names, got undefined",
  ],
  [{ groups: { match: "*" } }, "train: expected groups of parameters, a list, got an object"],
  [
    { clip: { norm: 1, value: 1 } },
    "train: expected clip to have either norm or value, got norm and value",
  ],
  [{ clip: {} }, "train: expected clip to have either norm or value, got neither"],
  [{ clip: { norm: 0 } }, "train: expected clip.norm to be a number above 0, got 0"],
  [
    { ema: { decay: 1 } },
    "train: expected ema.decay to be a number of 0 or more and below 1, got 1",
  ],
  [
    { schedule: { kind: "exponential" } },
    'train: expected schedule.kind to be constant, step, multiStep, cosine, oneCycle or plateau, got "exponential"',
  ],
  [
    { schedule: { kind: "step" } },
    "train: expected schedule.stepSize to be a whole number of 1 or more, got undefined",
  ],
  [
    { schedule: { kind: "multiStep", milestones: [3, 2] } },
    "train: expected schedule.milestones to be whole numbers of 1 or more, ascending, got [3, 2]",
  ],
  [
    { schedule: { kind: "oneCycle", cycleMomentum: true } },
    "train: expected schedule.cycleMomentum only with an optimizer that has momentum, got momentum 0",
  ],
  [
    { schedule: { kind: "constant", warmup: { epochs: 0 } } },
    "train: expected schedule.warmup.epochs to be a number above 0, got 0",
  ],
  [
    { schedule: { kind: "cosine", gamma: 0.1 } },
    "train: schedule cosine: expected options kind, minRate, warmup, got gamma",
  ],
  [{ loss: { kind: "hinge" } }, 'train: expected loss.kind to be crossEntropy or mse, got "hinge"'],
  [
    { loss: { kind: "crossEntropy", labelSmoothing: 2 } },
    "train: loss: expected labelSmoothing to be a number from 0 to 1, got 2",
  ],
  [
    { loss: { kind: "crossEntropy", classWeights: [1, 2] } },
    "nll: expected 10 classWeights, got 2",
  ],
  [
    { resume: { epoch: 1, parameters: new Map() }, optimizer: { kind: "adam" } },
    "train: expected resume.state, as the recipe keeps more than the weights, got undefined",
  ],
  [
    { resume: { epoch: 1, parameters: new Map(), state: { tensors: new Map() } } },
    "train: expected no resume.state, as the recipe keeps none, got an object",
  ],
  [
    {
      resume: { epoch: 1, parameters: new Map(), state: { tensors: new Map() } },
      optimizer: { kind: "adam" },
    },
    "parameters: expected loc.fc.weight, got none of this name",
  ],
];

it.each(refused.map(([options, message]) => [message, options] as const))(
  "train refuses: %s",
  async (message, options) => {
    await expect(train({ ...common, ...options })).rejects.toThrow(message);
  },
);

describe("augmentation on the command line", () => {
  it("is read with ranges and members", () => {
    const text = "rotate=12, scale=0.9..1.1, elastic=34/4, erase=0.5/0.1..0.2";
    expect(parseAugmentation("test", "--augment", text)).toEqual({
      ...{ rotate: 12, scale: [0.9, 1.1], elastic: { alpha: 34, sigma: 4 } },
      erase: { probability: 0.5, scale: [0.1, 0.2] },
    });
  });

  it.each([
    ["rotate", 'test: expected --augment to be NAME=VALUE, ..., got "rotate"'],
    ["rotate=1=2", 'test: expected --augment to be NAME=VALUE, ..., got "rotate=1=2"'],
    ["elastic=1/2/3", 'test: expected --augment with elastic=ALPHA/SIGMA, got "1/2/3"'],
  ])("refuses %s", (text, message) => {
    expect(() => parseAugmentation("test", "--augment", text)).toThrow(message);
  });
});
