import { InputError } from "../../../src/errors.js";
import { countParameters } from "../../../src/graph/graph.js";
import type { Model, ModelInput } from "../../../src/graph/model.js";
import type { ModelOptions, OptionDefaults } from "../../../src/graph/model-options.js";
import { modelNames, models } from "../../../src/models/index.js";
import { decodeModel } from "../../../src/runs/model-codec.js";
import type { NetworkChoice } from "./experiment.js";

/** What a network is built for before there are data. */
export const usualInput: ModelInput = { channels: 1, rows: 28, columns: 28, classes: 10 };

/** The options of a network of the catalogue with their defaults. */
export function defaultsOf(name: string): OptionDefaults {
  const definition = models[nameOf(name)];
  return definition.options ?? {};
}

/**
 * The network that was chosen.
 *
 * @throws InputError where there is none of this name, an option is wrong, or it does not fit the images
 */
export function modelOf(choice: NetworkChoice, input: ModelInput): Model {
  if (choice.kind === "graph") return decodeModel(choice.model, "network");
  return models[nameOf(choice.name)].build(input, ownOptions(choice.name, choice.options));
}

function nameOf(name: string) {
  const known = modelNames.find((each) => each === name);
  if (known === undefined) {
    throw new InputError("network", `one of ${modelNames.join(", ")}`, JSON.stringify(name));
  }
  return known;
}

/** Texts of an address as the types that options have: `width=1` may be a text. */
function ownOptions(name: string, options: ModelOptions): ModelOptions {
  const defaults = defaultsOf(name);
  return Object.fromEntries(
    Object.entries(options).map(([option, value]) => {
      const initial = defaults[option];
      const isText = typeof initial === "string" || typeof initial === "object";
      return [option, isText ? String(value) : value];
    }),
  );
}

/** Trained values of a network. */
export function parametersOf({ graph }: Model): number {
  return countParameters(graph);
}

/** A network to start from, with what every line does. */
export const template = `import {
  batchNorm2d, conv2d, defineModel, dropout, globalAvgPool2d, linear, maxPool2d, relu,
} from "fovea";

// The function gets one image and gives one number a class.
// A shape such as [16, 28, 28] is [channels, rows, columns].
export default defineModel(
  "my-net",
  (image, { classes }, { width, drop }) => {
    let x = conv2d(image, "stem", { outChannels: width, kernelSize: 3, padding: 1, bias: false });
    x = maxPool2d(relu(batchNorm2d(x, "stem.norm")), 2); // [16, 14, 14]

    x = conv2d(x, "second", { outChannels: 2 * width, kernelSize: 3, padding: 1, bias: false });
    x = maxPool2d(relu(batchNorm2d(x, "second.norm")), 2); // [32, 7, 7]

    const features = globalAvgPool2d(x); // [32]
    return linear(dropout(features, drop), "head", { outFeatures: classes });
  },
  { width: 16, drop: 0.2 },
);
`;
