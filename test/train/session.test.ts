import { describe, expect, it } from "vitest";
import { digits } from "../../src/data/sources/digits.js";
import {
  batchNorm2d,
  defineModel,
  dropout,
  flatten,
  linear,
  maxPool2d,
  relu,
  Session,
  type SessionOptions,
} from "../../src/index.js";
import { evaluate } from "../../src/train/evaluate.js";
import { initialize } from "../../src/train/initialize.js";
import { train } from "../../src/train/train.js";
import { recipes } from "./recipes.js";

const data = digits({ train: 150, test: 60 });
const model = defineModel("tiny", (image, { classes }) => {
  const x = relu(linear(flatten(maxPool2d(image, 4)), "loc.fc", { outFeatures: 9 })); // [9]
  return linear(dropout(x, 0.2), "head", { outFeatures: classes }); // [classes]
});
const common = { model, data, batchSize: 32, seed: 2, learningRate: 0.01, epochs: 2, threads: 1 };
const size = data.channels * data.rows * data.columns;
const first = data.test.images.subarray(0, size);

async function using<Result>(
  options: Partial<SessionOptions>,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = await Session.create({ ...common, ...options });
  try {
    return await use(session);
  } finally {
    session.close();
  }
}

describe("Session", () => {
  /** A plateau follows losses that `train` takes from its validation. */
  const own = Object.entries(recipes).filter(([, { schedule }]) => schedule?.kind !== "plateau");

  it.each(own)("has the bits of train: %s", async (_, recipe) => {
    const whole = await train({ ...common, ...recipe });
    await using({ ...recipe, threads: 2 }, async (session) => {
      let sum = 0;
      for (let step = 0; step < 2 * session.stepsPerEpoch; step++) {
        const { loss, images } = await session.step();
        if (step >= session.stepsPerEpoch) sum += loss * images;
      }
      expect(session.averages()).toEqual(whole.parameters);
      expect(sum / 150).toBeCloseTo(whole.epochs[1]!.trainLoss, 10);
      const { loss } = await session.evaluate();
      expect(loss).toBe(whole.epochs[1]!.validationLoss);
    });
  });

  it("averages running statistics as it averages weights", async () => {
    const normed = defineModel("normed", (image, { classes }) =>
      linear(flatten(batchNorm2d(maxPool2d(image, 4), "norm")), "head", { outFeatures: classes }),
    );
    await using({ model: normed, ema: { decay: 0.75 } }, async (session) => {
      await session.step();
      const expected = session.parameters();
      for (let step = 0; step < 3; step++) {
        await session.step();
        for (const [name, { values }] of session.parameters()) {
          const average = expected.get(name)!.values;
          values.forEach((value, at) => {
            average[at] = Math.fround(0.75 * average[at]!) + Math.fround(0.25 * value);
          });
        }
      }
      expect(session.averages()).toEqual(expected);
      expect(expected.has("norm.running_var")).toBe(true);
    });
  });

  it.each(Object.entries(recipes))("continues from its state: %s", async (_, recipe) => {
    const rest = async (session: Session, steps: number) => {
      const done = [];
      for (let step = 0; step < steps; step++) done.push(await session.step());
      return [done, session.parameters(), session.averages()];
    };
    const options = { ...recipe, epochs: 3 };
    const [state, whole] = await using(options, async (session) => {
      await session.freeze("loc.fc.bias");
      await rest(session, 7);
      return [session.state(), await rest(session, 5)];
    });
    expect(await using({ ...options, state }, (session) => rest(session, 5))).toEqual(whole);
  });

  it("follows a plateau by the losses that it is told, as train", async () => {
    const schedule = { kind: "plateau", patience: 0, factor: 0.5 } as const;
    await using({ schedule }, async (session) => {
      const rates = [2, 1, 1, 3, 0.5].map((loss) => session.validated(loss));
      expect(rates).toEqual([0.01, 0.01, 0.005, 0.0025, 0.0025]);
      expect(await session.step()).toMatchObject({ learningRate: 0.0025 });
    });
    await using({}, async (session) => {
      expect(() => session.validated(1)).toThrow(
        "session.validated: expected a plateau schedule, got constant",
      );
    });
  });

  it("predicts with the weights and images of each call", async () => {
    await using({}, async (session) => {
      const two = data.test.images.subarray(0, 2 * size);
      const [before] = await session.predict(first);
      const [, second] = await session.predict(two);
      const [alone] = await session.predict(data.test.images.subarray(size, 2 * size));
      expect(alone).toEqual(second);
      expect(await session.predict(first)).toEqual([before]);
      await session.step();
      const [after] = await session.predict(first);
      expect(after).not.toEqual(before);
    });
  });

  it("takes a batch that is chosen, and leaves the epoch's order as it is", async () => {
    const chosen = Array.from({ length: 32 }, (_, index) => 2 * index);
    const [one, other] = await Promise.all([
      using({}, async (session) => [
        await session.step(chosen),
        session.parameters(),
        await session.step(),
      ]),
      using({}, async (session) => [
        await session.step(Uint32Array.from(chosen)),
        session.parameters(),
        await session.step(),
      ]),
    ]);
    expect(one).toEqual(other);
    await using({}, async (session) => {
      const { loss } = await session.step();
      expect(one[0]).not.toMatchObject({ loss });
      await expect(session.step([1, 2])).rejects.toThrow(
        "session.step: expected 32 indices, those of a batch, got 2",
      );
      await expect(session.step([...chosen.slice(1), 150])).rejects.toThrow(
        "session.step: expected every index to be a whole number in 0..149, got 150",
      );
    });
  });

  it("freezes parameters, and goes on with the optimizer's state of the others", async () => {
    await using({ optimizer: { kind: "adam" } }, async (session) => {
      await session.step();
      const before = session.parameters();
      await session.freeze("loc.*");
      await session.step();
      const after = session.parameters();
      expect(after.get("loc.fc.weight")).toEqual(before.get("loc.fc.weight"));
      const plain = await using({ optimizer: { kind: "adam" } }, async (other) => {
        await other.step();
        await other.step();
        return other.parameters();
      });
      expect(after.get("head.weight")).toEqual(plain.get("head.weight"));
      expect(plain.get("loc.fc.weight")).not.toEqual(before.get("loc.fc.weight"));
      await expect(session.freeze("nothing*")).rejects.toThrow("nothing*");
    });
  });

  it("sets the learning rate, and shows the gradients of the last step", async () => {
    await using({}, async (session) => {
      session.setLearningRate(0.25);
      const before = session.parameters().get("head.bias")!.values;
      expect((await session.step()).learningRate).toBe(0.25);
      const { values } = session.gradients().get("head.bias")!;
      const after = session.parameters().get("head.bias")!.values;
      after.forEach(
        (value, i) => void expect(value).toBeCloseTo(before[i]! - 0.25 * values[i]!, 6),
      );
      for (const wrong of [0, -1, Number.NaN]) {
        expect(() => session.setLearningRate(wrong)).toThrow("session.setLearningRate: expected");
      }
    });
  });

  it("predicts as evaluate does, with activations and gradients that fit", async () => {
    const parameters = initialize(model.build(data).graph, 5);
    await using({ parameters, batchSize: 7 }, async (session) => {
      const predictions = await session.predict(data.test.images);
      const { correct } = await evaluate({ model, data, parameters });
      const right = predictions.filter(
        ({ predicted }, image) => predicted === data.test.labels[image],
      );
      expect([predictions.length, right.length]).toEqual([60, correct]);
      const hidden = await session.activations("loc.fc", first);
      expect(hidden.shape).toEqual([9]);
      const logits = await session.activations("head", first);
      const exponentials = [...logits.values].map(Math.exp);
      const sum = exponentials.reduce((a, b) => a + b);
      const { probabilities } = predictions[0]!;
      exponentials.forEach((value, i) => void expect(probabilities[i]).toBeCloseTo(value / sum, 5));
      await expect(session.activations("nothing", first)).rejects.toThrow("label to be one of");
      const gradient = await session.inputGradient(first, 3);
      expect(gradient.shape).toEqual([1, data.rows, data.columns]);
      // One pixel more, by how much the logarithm of the probability changes.
      const at = gradient.values.reduce(
        (a, value, i, all) => (Math.abs(value) > Math.abs(all[a]!) ? i : a),
        0,
      );
      const changed = first.slice();
      const step = changed[at]! > 250 ? -1 : 1;
      changed[at]! += step;
      const [moved] = await session.predict(changed);
      const difference = Math.log(moved!.probabilities[3]!) - Math.log(probabilities[3]!);
      const expected = (gradient.values[at]! * step) / 255 / (data.std as number);
      expect(difference / expected).toBeCloseTo(1, 1);
      await expect(session.inputGradient(first, 10)).rejects.toThrow(
        "class to be a whole number in 0..9, got 10",
      );
      await expect(session.predict(first.subarray(1))).rejects.toThrow(
        "session.predict: expected images",
      );
    });
  });

  it("lets events be handled while it trains", async () => {
    await using({}, async (session) => {
      let handled = 0;
      const timer = setInterval(() => handled++, 5);
      const started = performance.now();
      while (performance.now() - started < 400) await session.step();
      clearInterval(timer);
      expect(handled).toBeGreaterThan(2);
    });
  });

  it("refuses what it cannot do", async () => {
    const create = (options: object) => Session.create({ ...common, ...options });
    await expect(create({ onEpoch: () => {} })).rejects.toThrow("session: expected options model,");
    await expect(create({ learningRate: 0 })).rejects.toThrow(
      "session: expected learningRate to be",
    );
    await using({ schedule: { kind: "cosine" }, epochs: 1 }, async (session) => {
      for (let step = 0; step < session.stepsPerEpoch; step++) await session.step();
      await expect(session.step()).rejects.toThrow(
        "session.step: expected at most 5 steps, as its cosine schedule is for 1 epochs, got one more",
      );
    });
  });
});
