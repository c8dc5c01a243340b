import { checkLayer, inNetwork, type Sharing, type Tensor } from "../builder.js";
import { type Initialization, type Shape, sizeOf } from "../graph.js";
import { shape as shapeRule } from "./attributes.js";
import { everyChannel } from "./channels.js";
import { onnxForEachImage } from "./onnx-nodes.js";
import type { ImageOp } from "./op.js";
import { expectParameters } from "./parameters.js";
import { plainFacts } from "./plain-facts.js";

export interface ParameterAttributes {
  readonly shape: Shape;
}

/** All that is known of {@link parameter}. */
export const parameterOp: ImageOp<ParameterAttributes> = {
  ...plainFacts("parameter"),
  attributes: { shape: shapeRule },
  inputCount: 0,
  parameterLayouts: ["map"],
  checkParameters: (_inputs, { shape }, parameters) =>
    expectParameters("parameter", [shape], parameters),
  readsChannels: everyChannel,
  keepsChannelsApart: false,
  drawing: {
    family: "plain",
    caption: () => "learned",
    continuesLayer: false,
  },
  shape: (_inputs, { shape }) => shape,
  forward: ({ parameters }) => parameters[0]!.values.slice(),
  // dL/dp = Σ over the images g
  backward: ({ gradient }) => ({ inputs: [], parameters: [gradient] }),
  onnx: (onnx) => onnxForEachImage(onnx, onnx.parameter(0), onnx.shape),

  emitForward(k) {
    k.call("Copy", { to: k.output(), from: k.parameter(0), count: sizeOf(k.shape) });
  },
  emitBackward(k) {
    const count = sizeOf(k.shape);
    k.call("Accumulate", { a: k.parameterGradient(0), b: k.outputGradient(), count });
  },
};

/**
 * A trained tensor as a value of the graph, the same for every image: a class token, embeddings of positions.
 *
 * No inputs → `shape`. As `torch.nn.Parameter`. Its gradient is the sum over the images.
 *
 * @param x any tensor of the graph that the parameter belongs to
 * @param name of the parameter, as in PyTorch's `state_dict`
 * @param options.shape `[channels, rows, columns]`, or any other
 * @param options.initialization default all 0
 * @param options.share whether it may be an earlier parameter of this name; default false
 * @example
 * const positions = parameter(x, "positions", { shape: [8, 14, 14] });
 * const y = add(x, positions); // [8, 14, 14]
 */
export function parameter(
  x: Tensor,
  name: string,
  options: Sharing & { readonly shape: Shape; readonly initialization?: Initialization },
): Tensor {
  checkLayer("parameter", x, name, options, ["shape", "initialization"]);
  const { shape, initialization = { kind: "constant", value: 0 }, share } = options;
  return inNetwork("parameter", name, [], () =>
    x.builder.add(parameterOp, {
      inputs: [],
      attributes: { shape },
      parameters: [{ name, shape, initialization }],
      ...{ label: name, share },
    }),
  );
}
