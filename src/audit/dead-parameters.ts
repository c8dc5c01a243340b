import { type Node, type Parameter, sizeOf } from "../graph/graph.js";
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
 * Why a parameter changes no result. Whatever the image: `unused`, no part of the model reads it;
 * `softmax`, a bias of the keys, which a softmax over keys does not see. On every training image: `relu`,
 * it feeds a ReLU that never fires; `input`, it weighs an input that is always 0; `zeros`, what it feeds
 * is read only by weights that are 0; `apart`, the two units that it is between are never active
 * together; `unknown`, it has no gradient and none of these holds.
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
  /** Values of the model and of tensors that came with it. */
  readonly counted: number;
  /** Counted without those that no image could make work: `unused` and `softmax`. */
  readonly working: number;
  /** Working, but without effect on every training image. */
  readonly idle: number;
  /** Training images over which gradients were taken. */
  readonly images: number;
  readonly groups: readonly DeadGroup[];
}

/** Of its tensor's largest: a gradient this small may be rounding, and is looked into. */
const SMALL = 1e-5;
/** Nats: a value that changes no log-probability by more than rounding changes none. */
const ROUNDING = 1e-4;

/**
 * Which parameters change no result?
 *
 * A parameter is dead where no part of the model reads it, where its gradient is exactly 0 in every
 * batch of the training images (dropout off), or where it is 0 but for rounding: its gradient is never
 * above 1e-5 of its tensor's largest, and adding the tensor's largest value to it changes no
 * log-probability by more than 1e-4 in the batch where its gradient was largest. Flags any dead
 * parameter.
 */
export const checkDeadParameters: Check<DeadFigures> = async (subject, run) => {
  if (!subject.trained) return untrained;
  const sizes = await largestGradients(subject, partOf(run, 0, 4));
  const dead = await findDead(subject, sizes, partOf(run, 1, 4));
  const around = {
    silence: await silenceBehind(subject, dead, partOf(run, 2, 4)),
    read: findReadChannels(subject.graph, subject.parameters),
  };
  const causes = await findApartIn(
    subject,
    subject.graph.parameters.flatMap((parameter) =>
      [...dead.get(parameter.name)!].map((at) => causeOf(subject, parameter, at, around)),
    ),
    partOf(run, 3, 4),
  );
  const groups = [
    ...subject.unused.map(({ name, shape }): DeadGroup => {
      return { tensor: name, reason: "unused", count: sizeOf(shape), size: sizeOf(shape) };
    }),
    ...subject.graph.parameters.flatMap((parameter) => groupByReason(parameter, causes)),
  ];
  const own = sum(subject.graph.parameters.map(({ shape }) => sizeOf(shape)));
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

/** Positions of dead values by parameter name. */
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

/** Looks for values that are always 0 around the layers that have dead parameters. */
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
  /** Of a weight whose reason is unknown so far: what would have to be active together. */
  readonly meeting?: Meeting;
}

/** What is known of the network's channels. */
interface Around {
  readonly silence: Silence;
  readonly read: ReadChannels;
}

/** Looks at the training images for weights between units that are never active together. */
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
    // A CoordConv has weights for row and column, too, after those for its input's channels.
    if (!isBias && column < input.shape[0]! && isSilent(silence, input, column)) {
      return { parameter, reason: "input" };
    }
    if (!read.get(layer.id)![own]) return { parameter, reason: "zeros" };
    // Of a vector each weight has one input and one unit; of a map it has many.
    if (!isBias && relu && layer.shape.length === 1) {
      const meeting = { input, inputAt: column, relu, unitAt: own };
      return { parameter, reason: "unknown", meeting };
    }
  }
  return { parameter, reason: "unknown" };
}

/** What has weights and biases. */
function layers({ graph }: Subject): Node[] {
  return nodesOfRole(graph, "layer").map(({ node }) => node);
}

/** Row of a weight that is that of a layer's first channel. */
function firstRow(layer: Node): number {
  const role = roleOf(layer);
  return role.kind === "layer" ? role.firstRow(layer.attributes) : 0;
}

/** Whether a layer's result is nothing but the keys of an attention. */
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
