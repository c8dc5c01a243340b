import { addNode, checkLayer, type Sharing, type Tensor } from "../builder.js";
import type { Parameter, Shape } from "../graph.js";
import { type AttributeRules, boolean, numberIn } from "./attributes.js";
import { sameChannels } from "./channels.js";
import { affineParameters, channelOf, extents, listSize } from "./normalisation.js";
import { onnxList } from "./onnx-nodes.js";
import type {
  KernelContext,
  MeetingOp,
  Pointer,
  ReferenceCall,
  ReferenceGradientCall,
  ReferenceGradients,
} from "./op.js";
import { expectParameters } from "./parameters.js";
import { mapShape, vectorShape } from "./shapes.js";

export interface BatchNormAttributes {
  /** Added to the variance, so that nothing is divided by 0. */
  readonly eps: number;
  /** Share of the batch's statistics in the new running ones, from 0 to 1. */
  readonly momentum: number;
  /** Whether the result is scaled by a trained weight and shifted by a trained bias. */
  readonly affine: boolean;
}

const rules: AttributeRules<BatchNormAttributes> = {
  eps: numberIn(0),
  momentum: numberIn(0, 1),
  affine: boolean,
};

/** Options of `batchNorm1d` and `batchNorm2d`. */
export type BatchNormOptions = Partial<BatchNormAttributes> & Sharing;

/** All that is known of {@link batchNorm1d} and {@link batchNorm2d}. */
function batchNormOp(
  name: string,
  checkShape: (op: string, shape: Shape | undefined) => unknown,
): MeetingOp<BatchNormAttributes> {
  return {
    name,
    scope: "meeting",
    attributes: rules,
    inputCount: 1,
    parameterLayouts: ["rows", "rows", "rows", "rows"],
    buffers: 2,
    checkParameters: ([input], { affine }, given) => {
      const list = [input![0]!];
      expectParameters(name, affine ? [list, list, list, list] : [list, list], given);
    },
    role: { kind: "plain" },
    readsChannels: sameChannels,
    keepsChannelsApart: true,
    randomUnits: () => 0,
    multiplyAdds: () => 0,
    drawing: { family: "plain", caption: () => "batch norm", continuesLayer: true },
    shape([input]) {
      checkShape(name, input);
      return input!;
    },
    meetings: (training) => (training ? 1 : 0),
    forward: (calls) => {
      const statistics = statisticsOf(calls);
      return calls.map((call) => normalised(call, statistics));
    },
    backward: referenceBackward,
    onnx(onnx) {
      const { eps, affine } = onnx.attributes;
      const [channels] = onnx.shape as [number];
      const parameters = (affine ? [0, 1, 2, 3] : [0, 1]).map((index) => onnx.parameter(index));
      const scale = affine
        ? parameters.slice(0, 2)
        : [onnxList(onnx, "weight", channels, 1), onnxList(onnx, "bias", channels, 0)];
      const statistics = parameters.slice(-2);
      const epsilon = { float: eps };
      return onnx.add("BatchNormalization", [onnx.input(0), ...scale, ...statistics], { epsilon });
    },

    emitForward: (k) => emitBatchNormForward(k, false),
    emitBackward: (k) => emitBatchNormBackward(k, false),
  };
}

/** Of vectors [features]. */
export const batchNorm1dOp = batchNormOp("batchNorm1d", vectorShape);

/** Of maps [channels, rows, columns]. */
export const batchNorm2dOp = batchNormOp("batchNorm2d", mapShape);

type Call = ReferenceCall<BatchNormAttributes>;

/** Per channel. */
interface Statistics {
  readonly mean: Float64Array;
  /** √(variance + eps) */
  readonly deviation: Float64Array;
}

function statisticsOf(calls: readonly Call[]): Statistics {
  const { training, parameters, attributes, shape } = calls[0]!;
  const mean = new Float64Array(shape[0]!);
  const variance = new Float64Array(shape[0]!);
  if (training) {
    const share = 1 / (calls.length * extents(shape).positions);
    for (const { inputs } of calls)
      inputs[0]!.values.forEach((x, at) => {
        mean[channelOf(shape, at)]! += x * share;
      });
    for (const { inputs } of calls)
      inputs[0]!.values.forEach((x, at) => {
        const c = channelOf(shape, at);
        variance[c]! += (x - mean[c]!) ** 2 * share;
      });
  } else {
    const [runningMean, runningVar] = parameters.slice(-2);
    mean.set(runningMean!.values);
    variance.set(runningVar!.values);
  }
  return { mean, deviation: variance.map((v) => Math.sqrt(v + attributes.eps)) };
}

function normalised(call: Call, { mean, deviation }: Statistics): Float64Array {
  const { inputs, parameters, attributes, shape } = call;
  return inputs[0]!.values.map((x, at) => {
    const c = channelOf(shape, at);
    const value = (x - mean[c]!) / deviation[c]!;
    if (!attributes.affine) return value;
    return value * parameters[0]!.values[c]! + parameters[1]!.values[c]!;
  });
}

// With x̂ = (x − μ) / σ and N values per channel: dL/dbias = Σ g, dL/dweight = Σ g · x̂, and in training
// dL/dx = weight / σ · (g − Σ g / N − x̂ · Σ (g · x̂) / N), as μ and σ depend on x; else dL/dx = weight / σ · g.
function referenceBackward(
  calls: readonly ReferenceGradientCall<BatchNormAttributes>[],
): ReferenceGradients[] {
  const { training, attributes, shape, parameters } = calls[0]!;
  const { mean, deviation } = statisticsOf(calls);
  const weight = attributes.affine ? parameters[0]!.values : mean.map(() => 1);
  const unit = (x: number, c: number) => (x - mean[c]!) / deviation[c]!;
  const own = calls.map(({ inputs, gradient }) => {
    const [dw, db] = [new Float64Array(mean.length), new Float64Array(mean.length)];
    gradient.forEach((g, at) => {
      const c = channelOf(shape, at);
      db[c]! += g;
      dw[c]! += g * unit(inputs[0]!.values[at]!, c);
    });
    return { dw, db };
  });
  const count = calls.length * extents(shape).positions;
  const means = (which: "dw" | "db") =>
    mean.map((_, c) => own.reduce((sum, each) => sum + each[which][c]!, 0) / count);
  const [meanProduct, meanGradient] = [means("dw"), means("db")];
  return calls.map(({ inputs, gradient }, image) => {
    const dx = gradient.map((g, at) => {
      const c = channelOf(shape, at);
      const x = unit(inputs[0]!.values[at]!, c);
      const centred = training ? g - meanGradient[c]! - x * meanProduct[c]! : g;
      return (weight[c]! / deviation[c]!) * centred;
    });
    const { dw, db } = own[image]!;
    return { inputs: [dx], parameters: attributes.affine ? [dw, db] : [] };
  });
}

type BatchNormKernels = KernelContext<BatchNormAttributes>;

/** Pointers to weight and bias, 0 for none, and to the running statistics. */
function pointers(k: BatchNormKernels) {
  const { affine } = k.attributes;
  const first = affine ? 2 : 0;
  return {
    weight: affine ? k.parameter(0) : 0,
    bias: affine ? k.parameter(1) : 0,
    runningMean: k.parameter(first),
    runningVar: k.parameter(first + 1),
  };
}

/** Means, scales and 1 / σ of the channels: `normForward` in kernels/norm.ts. */
function statisticsMemory(k: BatchNormKernels): Pointer {
  const values = 3 * listSize(k.shape);
  return k.training ? k.perBatch("statistics", values) : k.scratch("statistics", values);
}

/** Computes the statistics for evaluation, once per step. */
export function emitRunningStatistics(k: BatchNormKernels): Pointer {
  const statistics = statisticsMemory(k);
  const { weight, runningMean, runningVar } = pointers(k);
  const { eps } = k.attributes;
  const words = { weight, runningMean, runningVar, statistics, channels: k.shape[0]!, eps };
  k.prologue("BatchNormRunning", words);
  return statistics;
}

function emitBatchStatistics(k: BatchNormKernels): void {
  const { eps, momentum } = k.attributes;
  const moments = k.perImage("moments", 2 * listSize(k.shape));
  const { weight, runningMean, runningVar } = pointers(k);
  k.call("ChannelMoments", { x: k.input(0), moments, ...extents(k.shape) });
  k.together("BatchNormCombine", {
    ...{ moments, weight, runningMean, runningVar, statistics: statisticsMemory(k) },
    ...{ ...extents(k.shape), updates: Number(k.updates), eps, momentum },
  });
}

/** @param relu whether ReLU follows in the same step */
export function emitBatchNormForward(k: BatchNormKernels, relu: boolean): void {
  if (k.training) emitBatchStatistics(k);
  else emitRunningStatistics(k);
  k.call("NormForward", {
    ...{ x: k.input(0), statistics: statisticsMemory(k), bias: pointers(k).bias, y: k.output() },
    ...{ ...extents(k.shape), relu: Number(relu) },
  });
}

export function emitBatchNormBackward(k: BatchNormKernels, relu: boolean): void {
  const { affine } = k.attributes;
  const statistics = statisticsMemory(k);
  const read = { x: k.input(0), gy: k.outputGradient(), y: relu ? k.output() : 0, statistics };
  const gWeight = affine ? k.parameterGradient(0) : 0;
  const gBias = affine ? k.parameterGradient(1) : 0;
  const size = 2 * listSize(k.shape);
  let coefficients: Pointer;
  if (k.training) {
    coefficients = k.perBatch("coefficients", size);
    const sums = k.perImage("sums", size);
    k.call("NormSums", { ...read, sums, ...extents(k.shape) });
    k.together("BatchNormCombineBackward", {
      ...{ sums, statistics, coefficients, gWeight, gBias, ...extents(k.shape) },
    });
  } else {
    coefficients = k.scratch("coefficients", size);
    k.prologue("Zero", { to: coefficients, bytes: 4 * size });
    if (affine) {
      const sums = k.scratch("sums", size);
      k.call("NormSums", { ...read, sums, ...extents(k.shape) });
      k.call("BatchNormAddSums", { sums, gWeight, gBias, channels: k.shape[0]! });
    }
  }
  const gx = k.inputGradient(0);
  if (gx !== 0) k.call("NormBackward", { ...read, coefficients, gx, ...extents(k.shape) });
}

/**
 * Normalises each feature over the images of the batch, as {@link batchNorm2d} does with channels.
 *
 * Parameters `name.weight` (1) and `name.bias` (0), buffers `name.running_mean` (0) and `name.running_var` (1), all
 * [features].
 *
 * @param x vector [features]
 * @param options `eps` (default 1e-5), `momentum` (default 0.1) and `affine` (default true; false leaves weight and bias out)
 * @example
 * const y = batchNorm1d(globalAvgPool2d(x), "norm"); // [8]
 */
export function batchNorm1d(x: Tensor, name: string, options: BatchNormOptions = {}): Tensor {
  return addBatchNorm(batchNorm1dOp, x, name, options);
}

/**
 * Normalises each channel.
 *
 * `y[c, p] = (x[c, p] − μ[c]) / √(v[c] + eps) · weight[c] + bias[c]`
 *
 * In training, μ and v are mean and biased variance over all positions of all images of the batch. A plan that trains
 * then moves the running statistics: `running ← (1 − momentum) · running + momentum · batch`, with the unbiased variance.
 * In evaluation, μ and v are the running statistics, so that no image depends on the others.
 *
 * Any shape → the same. As `torch.nn.BatchNorm2d` for maps and `torch.nn.BatchNorm1d` for vectors, except that a training
 * batch with one value per channel (the last batch of an epoch may have one image) does not throw: the result is the
 * bias, no gradient reaches x, and the running statistics stay as they are.
 * Paper: Ioffe and Szegedy, "Batch Normalization", ICML 2015.
 *
 * Parameters `name.weight` (1) and `name.bias` (0), buffers `name.running_mean` (0) and `name.running_var` (1), all
 * [channels].
 *
 * @param x map [channels, rows, columns]
 * @param options `eps` (default 1e-5), `momentum` (default 0.1) and `affine` (default true; false leaves weight and bias out)
 * @example
 * const y = relu(batchNorm2d(x, "norm")); // [8, 14, 14]
 */
export function batchNorm2d(x: Tensor, name: string, options: BatchNormOptions = {}): Tensor {
  return addBatchNorm(batchNorm2dOp, x, name, options);
}

function addBatchNorm(
  op: MeetingOp<BatchNormAttributes>,
  x: Tensor,
  name: string,
  options: BatchNormOptions,
): Tensor {
  checkLayer(op.name, x, name, options, Object.keys(rules));
  const { share, ...given } = options;
  const attributes = { eps: 1e-5, momentum: 0.1, affine: true, ...given };
  const [trained, running] = [affineParameters(x, name), runningStatistics(x, name)];
  return addNode(op, {
    inputs: [x],
    attributes,
    parameters: attributes.affine ? [...trained, ...running] : running,
    share,
    label: name,
  });
}

/** `name.running_mean`, first 0, and `name.running_var`, first 1. */
function runningStatistics(x: Tensor, name: string): Parameter[] {
  const one = (own: string, value: number): Parameter => ({
    name: `${name}.${own}`,
    shape: [x.shape[0] ?? 1],
    initialization: { kind: "constant", value },
    buffer: true,
  });
  return [one("running_mean", 0), one("running_var", 1)];
}
