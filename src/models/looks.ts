import type { Tensor } from "../graph/builder.js";
import { countParameters } from "../graph/graph.js";
import { imageInput } from "../graph/inputs.js";
import type { ModelInput } from "../graph/model.js";
import type { OptionsOf } from "../graph/model-options.js";
import { conv2d } from "../graph/ops/conv2d.js";
import { scaledDotProductAttention } from "../graph/ops/scaled-dot-product-attention.js";
import { attentionBlock } from "./attention-block.js";
import {
  type Block,
  type ClassifierWidths,
  type Convolution,
  classifier,
  usualWidths,
} from "./classifier.js";
import { coordConv } from "./coord-conv.js";
import { spatialTransformer } from "./spatial-transformer.js";

/** Options of {@link looks}; the first of each list is the default. */
export const looksOptions = {
  /** The map of a spatial transformer before the classifier. */
  transformer: ["off", "affine", "projective", "thin-plate"],
  /** Which convolutions know where they are: the first of classifier and localization network, or all. */
  coords: ["nowhere", "first", "everywhere"],
  attention: ["none", "positions"],
  heads: [2, 1, 5],
  /** The convolution blocks that attention follows. */
  attentionAfter: ["both", "1", "2"],
  /** Probability of the classifier's dropouts. */
  dropout: 0.5,
  /** In place of this network, the plain one whose number of parameters is nearest. */
  match: false,
} as const;

export type LooksOptions = OptionsOf<typeof looksOptions>;

/**
 * The classifier with each way of looking switched on or off. With one of them it has the layers, and so the bits, of a
 * model of the catalogue: `stn`, `coordconv-stn` (an affine transformer and coordinates everywhere), `mha`; with none, `cnn`.
 */
export function looks(image: Tensor, input: ModelInput, options: LooksOptions): Tensor {
  const { classes } = input;
  if (options.match) {
    const wanted = parametersOf(input, (own) => network(own, classes, options));
    const widths = matchedWidths(input, wanted);
    return classifier(image, classes, { drop: options.dropout, widths });
  }
  return network(image, classes, options);
}

function network(image: Tensor, classes: number, options: LooksOptions): Tensor {
  const { transformer } = options;
  const convolution = convolutionOf(options);
  const seen = transformer === "off" ? image : spatialTransformer(image, convolution, transformer);
  const attention = attentionOf(options);
  return classifier(seen, classes, { convolution, attention, drop: options.dropout });
}

/** The first layers of the classifier and of the localization network. */
const firstLayers = ["conv1", "localization.0"];

function convolutionOf({ coords }: LooksOptions): Convolution {
  return (x, name, sizes) => {
    const knows = coords === "everywhere" || (coords === "first" && firstLayers.includes(name));
    return (knows ? coordConv : conv2d)(x, name, sizes);
  };
}

function attentionOf({ attention, attentionAfter, heads }: LooksOptions): Block {
  return (x, name) => {
    const attends = attentionAfter === "both" || name === `vit${attentionAfter}`;
    if (attention === "none" || !attends) return x;
    return attentionBlock(x, name, scaledDotProductAttention, heads);
  };
}

/** Trained values of a network for images like these. */
function parametersOf({ channels, rows, columns }: ModelInput, build: (image: Tensor) => Tensor) {
  const image = imageInput([channels, rows, columns]);
  return countParameters(image.builder.finish(build(image)));
}

/**
 * Widths of the classifier with which its number of parameters is nearest to the one that is wanted. The second convolution
 * has twice the channels of the first, as usual, and the linear layer as many features as come nearest; of these, the ones
 * whose proportions are nearest to the usual ones.
 *
 * @param wanted the usual number or more
 */
function matchedWidths(input: ModelInput, wanted: number): ClassifierWidths {
  const usual = usualWidths.features / usualWidths.channels[0];
  const stretch = ({ channels, features }: ClassifierWidths) => {
    const ratio = features / channels[0] / usual;
    return Math.max(ratio, 1 / ratio);
  };
  const candidates: ClassifierWidths[] = [];
  for (let width = usualWidths.channels[0]; ; width++) {
    const found = nearestFeatures(input, [width, 2 * width], wanted);
    if (found === undefined) break;
    candidates.push(found);
  }
  const [first = usualWidths, ...others] = candidates;
  return others.reduce((best, each) => (stretch(each) < stretch(best) ? each : best), first);
}

/** Undefined where the convolutions alone have too many parameters. */
function nearestFeatures(
  input: ModelInput,
  channels: readonly [number, number],
  wanted: number,
): ClassifierWidths | undefined {
  const count = (features: number) =>
    parametersOf(input, (image) =>
      classifier(image, input.classes, { widths: { channels, features } }),
    );
  // The number grows by the same with every feature.
  const one = count(1);
  const features = Math.round(1 + (wanted - one) / (count(2) - one));
  return features < 1 ? undefined : { channels, features };
}
