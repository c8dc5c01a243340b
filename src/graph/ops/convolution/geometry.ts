import { InputError } from "../../../errors.js";
import type { Shape } from "../../graph.js";
import {
  type AttributeRules,
  boolean,
  boundedSize2d,
  either,
  later,
  oneOf,
  pairOf,
  type Size2d,
  wholeNumber,
} from "../attributes.js";
import { mapShape, showShape } from "../shapes.js";

/** What convolutions have in common. A pair is `[rows, columns]`. */
export interface ConvAttributes {
  readonly outChannels: number;
  /** Rows and columns of the kernel. */
  readonly kernelSize: Size2d;
  /** Positions of the input from one position of the result to the next. Default 1. */
  readonly stride: Size2d;
  /**
   * Zeros on each side of the map, or `"same"`: as many as give the result the map's size, with stride 1; of an odd
   * number, the larger half at the bottom and at the right, as in PyTorch. Default 0.
   */
  readonly padding: Size2d | "same";
  /** Positions of the input from one tap of the kernel to the next. Default 1. */
  readonly dilation: Size2d;
  /** Groups of channels that are convolved apart from each other; must divide both numbers of channels. Default 1. */
  readonly groups: number;
  /** Whether a number per channel is added. Default true. */
  readonly bias: boolean;
}

/** Bounds that keep a network of a file from asking for any memory. */
const most = 255;

export const convRules: AttributeRules<ConvAttributes> = {
  outChannels: wholeNumber(1),
  kernelSize: boundedSize2d(1, most),
  stride: later(boundedSize2d(1, most), 1),
  padding: later(either(boundedSize2d(0, most), oneOf("same")), 0),
  dilation: later(boundedSize2d(1, most), 1),
  groups: later(wholeNumber(1), 1),
  bias: later(boolean, true),
};

/** One axis of a convolution. Lengths are in positions. */
export interface ConvAxis {
  /** Length of the map, and of the result. */
  readonly input: number;
  readonly output: number;
  /** Taps of the kernel. */
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Zeros before the map, and after it. */
  readonly before: number;
  readonly after: number;
}

/** Shapes of a convolution: `y[o, r, c]` reads `x[i, r · stride + u · dilation − before, …]`. */
export interface ConvGeometry {
  readonly rows: ConvAxis;
  readonly columns: ConvAxis;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
}

/**
 * The geometry of a convolution.
 *
 * @param op named in errors
 * @throws InputError where the padded map is smaller than the kernel, groups do not divide the channels, or "same" is
 * asked for with a stride
 */
export function convGeometry(
  op: string,
  input: Shape | undefined,
  attributes: ConvAttributes,
): ConvGeometry {
  const [inChannels, inRows, inColumns] = mapShape(op, input);
  const { outChannels, groups } = attributes;
  if (inChannels % groups !== 0 || outChannels % groups !== 0) {
    const expected = `groups to divide ${inChannels} and ${outChannels} channels`;
    throw new InputError(op, expected, String(groups));
  }
  const [rows, columns] = [axis(attributes, 0, inRows), axis(attributes, 1, inColumns)];
  if (attributes.padding === "same" && (rows.stride !== 1 || columns.stride !== 1)) {
    throw new InputError(op, 'stride 1 with padding "same"', `[${rows.stride}, ${columns.stride}]`);
  }
  if (rows.output < 1 || columns.output < 1) {
    const least = `a map of at least ${leastLength(rows)}×${leastLength(columns)}`;
    throw new InputError(op, least, showShape(input));
  }
  return { rows, columns, inChannels, outChannels, groups };
}

function axis(attributes: ConvAttributes, which: 0 | 1, input: number): ConvAxis {
  const kernel = pairOf(attributes.kernelSize)[which];
  const stride = pairOf(attributes.stride)[which];
  const dilation = pairOf(attributes.dilation)[which];
  const span = dilation * (kernel - 1);
  const { padding } = attributes;
  const before = padding === "same" ? Math.floor(span / 2) : pairOf(padding)[which];
  const after = padding === "same" ? span - before : before;
  const output = Math.floor((input + before + after - span - 1) / stride) + 1;
  return { input, output, kernel, stride, dilation, before, after };
}

function leastLength({ kernel, dilation, before, after }: ConvAxis): number {
  return Math.max(1, dilation * (kernel - 1) + 1 - before - after);
}

/** Whether stride and dilation are 1. */
export function isDense({ stride, dilation }: ConvAxis): boolean {
  return stride === 1 && dilation === 1;
}

export function isUnpadded({ before, after }: ConvAxis): boolean {
  return before === 0 && after === 0;
}

/** Length of the padded map that the kernel reads; a remainder that no tap reaches is left out. */
export function paddedLength({ output, kernel, stride, dilation }: ConvAxis): number {
  return (output - 1) * stride + (kernel - 1) * dilation + 1;
}
