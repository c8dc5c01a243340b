import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import { countParameters } from "../../src/graph/graph.js";
import {
  type ClassifierName,
  catalogueModel,
  classifierNames,
  type ModelName,
  modelNames,
} from "../../src/models/index.js";
import { graphOf } from "./graph-of.js";

const image = { channels: 1, rows: 28, columns: 28 };

const classifier = {
  "conv1.weight": [10, 1, 5, 5],
  "conv1.bias": [10],
  "conv2.weight": [20, 10, 5, 5],
  "conv2.bias": [20],
  "fc1.weight": [50, 320],
  "fc1.bias": [50],
  "fc2.weight": [10, 50],
  "fc2.bias": [10],
};

const localizationEnd = {
  "fc_loc.0.weight": [32, 90],
  "fc_loc.0.bias": [32],
  "fc_loc.2.weight": [6, 32],
  "fc_loc.2.bias": [6],
};

function attention(name: string, width: number) {
  return {
    [`${name}.q.weight`]: [width, width],
    [`${name}.k.weight`]: [width, width],
    [`${name}.v.weight`]: [width, width],
    [`${name}.ma.in_proj_weight`]: [3 * width, width],
    [`${name}.ma.in_proj_bias`]: [3 * width],
    [`${name}.ma.out_proj.weight`]: [width, width],
    [`${name}.ma.out_proj.bias`]: [width],
  };
}

const withAttention = { ...classifier, ...attention("vit1", 10), ...attention("vit2", 20) };

/** PyTorch's `state_dict` of each network, without weights that nothing reads. */
const stateDict: Record<ClassifierName, Record<string, number[]>> = {
  cnn: classifier,
  stn: {
    ...classifier,
    ...localizationEnd,
    "localization.0.weight": [8, 1, 7, 7],
    "localization.0.bias": [8],
    "localization.3.weight": [10, 8, 5, 5],
    "localization.3.bias": [10],
  },
  "coordconv-stn": {
    "conv1.conv.weight": [10, 3, 5, 5],
    "conv1.conv.bias": [10],
    "conv2.conv.weight": [20, 12, 5, 5],
    "conv2.conv.bias": [20],
    "localization.0.conv.weight": [8, 3, 7, 7],
    "localization.0.conv.bias": [8],
    "localization.3.conv.weight": [10, 10, 5, 5],
    "localization.3.conv.bias": [10],
    "fc1.weight": [50, 320],
    "fc1.bias": [50],
    "fc2.weight": [10, 50],
    "fc2.bias": [10],
    ...localizationEnd,
  },
  mha: withAttention,
  "mha-batch": withAttention,
};

const counts: Record<ModelName, number> = {
  cnn: 21840,
  stn: 27360,
  "coordconv-stn": 30144,
  mha: 25460,
  "mha-batch": 25460,
  lenet: 61706,
  lenet3: 16330,
  "plain-gap": 27214,
  wide: 93546,
  residual: 24378,
  "se-residual": 25226,
  "cbam-residual": 25520,
  depthwise: 18890,
  vit: 23754,
  looks: 21840,
  small: 29238,
};

describe.each(modelNames)("%s", (name) => {
  it(`has ${counts[name]} trained values`, () => {
    expect(countParameters(graphOf(name, image, 10))).toBe(counts[name]);
  });

  it("gives as many values as there are classes, for images of other sizes too", () => {
    for (const shape of [image, { channels: 3, rows: 33, columns: 40 }]) {
      const graph = graphOf(name, shape, 7);
      expect(graph.nodes[graph.output]!.shape).toEqual([7]);
    }
  });
});

describe.each(classifierNames)("%s", (name) => {
  it("has PyTorch's parameters, by name and shape", () => {
    const { parameters } = graphOf(name, image, 10);
    const ours = Object.fromEntries(parameters.map(({ name, shape }) => [name, shape]));
    expect(parameters.length).toBe(Object.keys(ours).length);
    expect(ours).toEqual(stateDict[name]);
  });

  it("gives as many log-probabilities as there are classes, for images of other sizes too", () => {
    for (const shape of [image, { channels: 3, rows: 32, columns: 40 }]) {
      const graph = graphOf(name, shape, 7);
      expect(graph.nodes[graph.output]).toMatchObject({ op: "logSoftmax", shape: [7] });
    }
  });

  it("refuses an image that is too small, saying which map is", () => {
    const build = () => graphOf(name, { channels: 1, rows: 4, columns: 4 }, 10);
    const kernel = name.endsWith("stn") ? 7 : 5;
    const op = name === "coordconv-stn" ? "coordConv2d" : "conv2d";
    expect(build).toThrow(InputError);
    expect(build).toThrow(`${op}: expected a map of at least ${kernel}×${kernel}, got [1, 4, 4]`);
  });
});

it("refuses an unknown model", () => {
  for (const name of ["vgg", "toString", ""]) {
    expect(() => catalogueModel("--model", name)).toThrow(
      `--model: expected a model of ${modelNames.join(", ")}, got ${name}`,
    );
  }
});

it("starts an STN as the identity", () => {
  const { parameters } = graphOf("stn", image, 10);
  const initial = (name: string) => parameters.find((p) => p.name === name)?.initialization;
  expect(initial("fc_loc.2.weight")).toEqual({ kind: "constant", value: 0 });
  expect(initial("fc_loc.2.bias")).toEqual({ kind: "values", values: [1, 0, 0, 0, 1, 0] });
});
