import {
  countParameters,
  type Node,
  type Parameter,
  sizeOf,
  trainedParameters,
} from "../graph/graph.js";
import { nodesOfRole, roleOf } from "../graph/node-facts.js";
import { counted, listed, thousands } from "../numbers.js";
import { type Check, type CheckRun, type Subject, untrained } from "./check.js";
import { type GradientSizes, largestGradients } from "./gradient-sizes.js";
import { partOf } from "./image-reader.js";
import { type Push, pushValues } from "./push.js";
import {
  findApart,
  findSilence,
  isSilent,
  type Meeting,
  reluAfter,
  type Silence,
} from "./silence.js";
import { findReadChannels, type ReadChannels } from "./unread-channels.js";

/**
 * Why a parameter changes no result.
 *
 * For any image:
 * - `unused`: no part of the model reads it;
 * - `softmax`: a bias of the keys; it adds the same to all scores of a query, so the softmax cancels it.
 *
 * For all training images:
 * - `relu`: it feeds a ReLU that is always 0;
 * - `input`: it is the weight of an input that is always 0;
 * - `zeros`: only weights of 0 read the unit that it feeds;
 * - `apart`: the two units that it connects are never active for the same image;
 * - `unknown`: its gradient is 0, and none of these reasons holds.
 */
export type DeadReason = "unused" | "softmax" | "relu" | "input" | "zeros" | "apart" | "unknown";

/** Dead values of one tensor for one reason. */
export interface DeadGroup {
  readonly tensor: string;
  readonly reason: DeadReason;
  readonly count: number;
  /** Values in the tensor. */
  readonly size: number;
}

export interface DeadFigures {
  /** Values of the model, and of unused tensors of its checkpoint. */
  readonly counted: number;
  /** `counted` without the values that have no effect on any image: `unused` and `softmax`. */
  readonly working: number;
  /** Those of `working` that have no effect on any training image. */
  readonly idle: number;
  /** Training images over which gradients were taken. */
  readonly images: number;
  readonly groups: readonly DeadGroup[];
}

/** Relative to the tensor's largest gradient: a smaller one may be rounding of 0, and is tested further. */
const SMALL = 1e-5;
/** Nats. A smaller change of a log-probability is rounding. */
const ROUNDING = 1e-4;

/**
 * Which parameters change no result? Buffers, which are not trained, do not count.
 *
 * A parameter is dead where
 * - no part of the model reads it; or
 * - its gradient is exactly 0 in every batch of the training images (dropout off); or
 * - its gradient is 0 up to rounding: never above 1e-5 of the largest in its tensor, and adding the
 *   tensor's largest value to it changes no log-probability by more than 1e-4 in the batch where its
 *   gradient was largest.
 *
 * Flags any dead parameter.
 */
export const checkDeadParameters: Check<DeadFigures> = async (subject, run) => {
  if (!subject.trained) return untrained;
  const trained = trainedParameters(subject.graph);
  const sizes = await largestGradients(subject, partOf(run, 0, 4));
  const dead = await findDead(subject, sizes, partOf(run, 1, 4));
  const around = {
    silence: await silenceBehind(subject, dead, partOf(run, 2, 4)),
    read: findReadChannels(subject.graph, subject.parameters),
  };
  const causes = await findApartIn(
    subject,
    trained.flatMap((parameter) =>
      [...dead.get(parameter.name)!].map((at) => causeOf(subject, parameter, at, around)),
    ),
    partOf(run, 3, 4),
  );
  const groups = [
    ...subject.unused.map(({ name, shape }): DeadGroup => {
      return { tensor: name, reason: "unused", count: sizeOf(shape), size: sizeOf(shape) };
    }),
    ...trained.flatMap((parameter) => groupByReason(parameter, causes)),
  ];
  const own = countParameters(subject.graph);
  const all = own + sum(subject.unused.map(({ shape }) => sizeOf(shape)));
  const figures = {
    counted: all,
    working: all - countOf(groups, never),
    idle: countOf(groups, onData),
    images: subject.data.train.count,
    groups,
  };
  return { verdict: groups.length > 0 ? "flag" : "pass", text: describe(figures), figures };
};

const never = ["unused", "softmax"] as const;
const onData = ["relu", "input", "zeros", "apart", "unknown"] as const;

const inWords: Readonly<Record<DeadReason, string>> = {
  unused: "that the model never reads",
  softmax: "key biases that a softmax does not see",
  relu: "before a ReLU that never fires",
  input: "on inputs that are always 0",
  zeros: "read only by weights that are 0",
  apart: "between units that are never active together",
  unknown: "without a gradient over these images, reason not found",
};

function describe({ counted: all, working, idle, images, groups }: DeadFigures): string {
  const over = `over ${counted(images, "training image")}`;
  if (groups.length === 0) {
    return `all ${counted(all, "parameter")} have a gradient ${over}`;
  }
  const parts = [`${thousands(all)} counted, ${thousands(working)} working`];
  if (working < all) parts[0] += `: ${describeReasons(groups, never)}`;
  if (idle > 0) parts.push(`${thousands(idle)} idle ${over}: ${describeReasons(groups, onData)}`);
  return parts.join("; ");
}

function describeReasons(groups: readonly DeadGroup[], reasons: readonly DeadReason[]): string {
  const causes = reasons.flatMap((reason) => {
    const own = groups.filter((group) => group.reason === reason);
    if (own.length === 0) return [];
    const names = own.map(({ tensor }) => tensor);
    const shown = names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more`] : names;
    return [`${thousands(countOf(own, [reason]))} ${inWords[reason]} (${shown.join(", ")})`];
  });
  return listed(causes);
}

function countOf(groups: readonly DeadGroup[], reasons: readonly DeadReason[]): number {
  return sum(groups.filter(({ reason }) => reasons.includes(reason)).map(({ count }) => count));
}

/** Indices of dead values, by parameter name. */
type Dead = ReadonlyMap<string, ReadonlySet<number>>;

async function findDead(
  subject: Subject,
  sizes: ReadonlyMap<string, GradientSizes>,
  run: CheckRun,
): Promise<Dead> {
  const dead = new Map([...sizes.keys()].map((name) => [name, new Set<number>()]));
  const doubtful: Push[] = [];
  for (const [name, { size, batch }] of sizes) {
    const by = largest(subject.parameters.get(name)!.values) || 1;
    const small = largest(size) * SMALL;
    size.forEach((each, at) => {
      if (each === 0) dead.get(name)!.add(at);
      else if (each <= small) doubtful.push({ name, at, by, batch: batch[at]! });
    });
  }
  const changes = await pushValues(subject, doubtful, run);
  doubtful.forEach(({ name, at }, index) => {
    if (changes[index]! <= ROUNDING) dead.get(name)!.add(at);
  });
  return dead;
}

/** Finds values that are always 0 before and after the layers that have dead parameters. */
async function silenceBehind(subject: Subject, dead: Dead, run: CheckRun): Promise<Silence> {
  const { graph } = subject;
  const concerned = layers(subject).filter(
    (layer) =>
      !isKey(subject, layer) &&
      layer.parameters.some((index) => dead.get(graph.parameters[index]!.name)!.size > 0),
  );
  const ids = concerned.flatMap((layer) => [layer.inputs[0]!, reluAfter(graph, layer)?.id]);
  const nodes = [...new Set(ids)].flatMap((id) => (id === undefined ? [] : [graph.nodes[id]!]));
  return nodes.length === 0 ? new Map() : findSilence(subject, nodes, run);
}

/** Why one value of a parameter is dead. */
interface Cause {
  readonly parameter: Parameter;
  readonly reason: DeadReason;
  /** For a weight whose reason is still unknown: the two units that it connects. */
  readonly meeting?: Meeting;
}

/** What is known about the network's channels. */
interface Around {
  readonly silence: Silence;
  readonly read: ReadChannels;
}

/** Finds weights between units that are active together for no training image. */
async function findApartIn(
  subject: Subject,
  causes: readonly Cause[],
  run: CheckRun,
): Promise<readonly Cause[]> {
  const meetings = causes.flatMap(({ meeting }) => (meeting ? [meeting] : []));
  if (meetings.length === 0) return causes;
  const found = await findApart(subject, meetings, run);
  const apart = new Set(meetings.filter((_, index) => found[index]));
  return causes.map((cause) => {
    return cause.meeting && apart.has(cause.meeting) ? { ...cause, reason: "apart" } : cause;
  });
}

function groupByReason(parameter: Parameter, causes: readonly Cause[]): DeadGroup[] {
  const counts = new Map<DeadReason, number>();
  for (const { parameter: own, reason } of causes) {
    if (own === parameter) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const { name, shape } = parameter;
  return [...counts].map(([reason, count]) => ({
    tensor: name,
    reason,
    count,
    size: sizeOf(shape),
  }));
}

function causeOf(
  subject: Subject,
  parameter: Parameter,
  at: number,
  { silence, read }: Around,
): Cause {
  const { graph } = subject;
  const index = graph.parameters.indexOf(parameter);
  const [rows = 1, columns = 1, ...kernel] = parameter.shape;
  const row = Math.floor(at / (parameter.shape.slice(1).reduce((a, b) => a * b, 1) || 1));
  const column = Math.floor(at / sizeOf(kernel)) % columns;
  for (const layer of layers(subject)) {
    if (!layer.parameters.includes(index)) continue;
    const own = row - firstRow(layer);
    if (own < 0 || own >= Math.min(rows, layer.shape[0]!)) continue;
    const isBias = layer.parameters[1] === index;
    if (isBias && isKey(subject, layer)) return { parameter, reason: "softmax" };
    const relu = reluAfter(graph, layer);
    if (relu && isSilent(silence, relu, own)) return { parameter, reason: "relu" };
    const input = graph.nodes[layer.inputs[0]!]!;
    // A CoordConv's weights for row and column come after those for its input's channels.
    if (!isBias && column < input.shape[0]! && isSilent(silence, input, column)) {
      return { parameter, reason: "input" };
    }
    if (!read.get(layer.id)![own]) return { parameter, reason: "zeros" };
    // Only in a layer of a vector does each weight connect one input with one unit.
    if (!isBias && relu && layer.shape.length === 1) {
      const meeting = { input, inputAt: column, relu, unitAt: own };
      return { parameter, reason: "unknown", meeting };
    }
  }
  return { parameter, reason: "unknown" };
}

/** The nodes with weights and biases. */
function layers({ graph }: Subject): Node[] {
  return nodesOfRole(graph, "layer").map(({ node }) => node);
}

/** Row of a packed weight that belongs to a layer's first channel. */
function firstRow(layer: Node): number {
  const role = roleOf(layer);
  return role.kind === "layer" ? role.firstRow(layer.attributes) : 0;
}

/** Whether a layer's result is used only as the keys of an attention. */
function isKey({ graph }: Subject, layer: Node): boolean {
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(layer.id));
  const isKeyOf = (reader: Node) => {
    const role = roleOf(reader);
    if (role.kind !== "attention") return false;
    return reader.inputs.every((id, input) => (id === layer.id) === (input === role.key));
  };
  return readers.length > 0 && readers.every(isKeyOf);
}

function largest(values: Float32Array | Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
