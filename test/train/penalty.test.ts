import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import { graphHash } from "../../src/graph/graph-codec.js";
import { nodesOfRole } from "../../src/graph/node-facts.js";
import { withLoss } from "../../src/graph/with-loss.js";
import { digits, models, train, withOptions } from "../../src/index.js";
import { recipeSections } from "../../src/train/recipe.js";
import { recipeArguments } from "../../src/train/recipe-text.js";

const data = digits({ train: 320, test: 50 });
const maps = ["affine", "projective", "thin-plate"] as const;
const model = (transformer: (typeof maps)[number]) => withOptions(models.looks, { transformer });

describe("the penalty towards the identity", () => {
  it.each(maps)(
    "is none at the start of a training, where the map is the identity: %s",
    async (map) => {
      const first = { model: model(map), data, epochs: 1, batchSize: 320 };
      const [plain, kept] = await Promise.all([
        train(first),
        train({ ...first, penalty: { transform: 100 } }),
      ]);
      expect(kept.epochs[0]!.trainLoss).toBeCloseTo(plain.epochs[0]!.trainLoss, 5);
      expect(bitsOf(kept.parameters)).toBe(bitsOf(plain.parameters));
    },
  );

  it.each(maps)("keeps the map near the identity: %s", async (map) => {
    const recipe = { model: model(map), data, epochs: 2, learningRate: 0.1 };
    const plain = await train(recipe);
    const kept = await train({ ...recipe, penalty: { transform: 1 } });
    expect(distance(kept.parameters, map)).toBeLessThan(0.5 * distance(plain.parameters, map));
  });

  it("has the same bits on any number of threads", async () => {
    const recipe = {
      model: models["coordconv-stn"],
      data,
      epochs: 1,
      learningRate: 0.05,
      penalty: { transform: 0.1 },
    };
    const [one, two, three] = await Promise.all(
      [1, 2, 3].map(async (threads) => bitsOf((await train({ ...recipe, threads })).parameters)),
    );
    expect(two).toBe(one);
    expect(three).toBe(one);
  });

  it("adds nodes to the graph of the loss, and none without it", () => {
    const { graph } = models.stn.build(data);
    const [plain, none, kept] = [
      withLoss(graph),
      withLoss(graph, undefined, { transform: 0 }),
      withLoss(graph, undefined, { transform: 0.5 }),
    ];
    expect(graphHash(none)).toBe(graphHash(plain));
    expect(kept.nodes.slice(0, plain.nodes.length)).toEqual(plain.nodes);
    expect(kept.nodes.slice(plain.nodes.length)).toMatchObject([
      { op: "distancePenalty", attributes: { factor: 0.5, target: [1, 0, 0, 0, 1, 0] } },
    ]);
  });

  it("is recorded, and typed as --transform-penalty", () => {
    expect(recipeSections("train", { penalty: { transform: 0.01 } })).toEqual({
      penalty: { transform: 0.01 },
    });
    expect(recipeSections("train", { penalty: { transform: 0 } })).toEqual({});
    expect(recipeArguments({ penalty: { transform: 0.01 } })).toEqual([
      ["transform-penalty", "0.01"],
    ]);
  });

  it("is refused where nothing is transformed, and where it is no number", async () => {
    await expect(train({ model: models.cnn, data, penalty: { transform: 1 } })).rejects.toThrow(
      new InputError(
        "withLoss",
        "penalty.transform only with a network that has a spatial transformer",
        "a network without",
      ),
    );
    for (const transform of [-1, Number.NaN, 1e39, "1" as unknown as number]) {
      expect(() => recipeSections("train", { penalty: { transform } })).toThrow(
        "penalty.transform to be a number of 0 or more",
      );
    }
  });
});

describe("the groups of a localization network", () => {
  const names = ["localization.*", "fc_loc.*"];

  it.each([
    ["stn", models.stn],
    ["coordconv-stn", models["coordconv-stn"]],
    ...maps.map((map) => [map, model(map)] as const),
  ] as const)("by pattern of %s: frozen, only the classifier is trained", async (_, network) => {
    const before = await train({
      model: network,
      data,
      epochs: 1,
      groups: names.map((match) => ({ match, frozen: true })),
    });
    const after = await train({
      model: network,
      data,
      epochs: 2,
      groups: names.map((match) => ({ match, frozen: true })),
    });
    const isLocal = (name: string) => /^(localization|fc_loc)\./.test(name);
    let [local, others] = [0, 0];
    for (const [name, { values }] of before.parameters) {
      const same = String(values) === String(after.parameters.get(name)!.values);
      expect(same, name).toBe(isLocal(name));
      if (isLocal(name)) local++;
      else others++;
    }
    expect([local, others]).toEqual([8, 8]);
  });
});

/** How far the last layer's bias is from the identity's numbers. */
function distance(
  parameters: ReadonlyMap<string, { readonly values: Float32Array }>,
  map: (typeof maps)[number],
): number {
  const { graph } = model(map).build(data);
  const [{ node, role } = never()] = nodesOfRole(graph, "gridMap");
  const target = role.identity(graph.nodes[node.inputs[role.theta]!]!.shape);
  const { values } = parameters.get("fc_loc.2.bias")!;
  return values.reduce((sum, value, at) => sum + (value - target[at]!) ** 2, 0);
}

function never(): never {
  throw new Error("a network without a grid");
}

function bitsOf(parameters: ReadonlyMap<string, { readonly values: Float32Array }>): string {
  const hash = createHash("sha256");
  for (const [name, { values }] of parameters) hash.update(name).update(values);
  return hash.digest("hex");
}
