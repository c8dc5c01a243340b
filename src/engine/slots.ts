import { checkWhole, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import { givenInputs } from "../graph/data-needs.js";
import { type Graph, type Shape, sizeOf } from "../graph/graph.js";
import { listed } from "../numbers.js";
import { fromChannelsLast, toChannelsLast } from "./channels-last.js";
import type { Layout } from "./layout.js";
import type { EnginePlan } from "./options.js";
import type { Plan } from "./plan.js";

/** What a plan keeps of each image: byte offsets within a slot, by node. */
interface KeptMemory {
  readonly graph: Graph;
  readonly values: ReadonlyMap<number, number>;
  readonly gradients: ReadonlyMap<number, number>;
  /** Nodes whose values the caller gives. */
  readonly given: readonly number[];
}

/** The memory slots of a batch's images: reads the values that plans keep, and writes those that callers give. */
export class Slots {
  readonly #memory: WebAssembly.Memory;
  readonly #layout: Layout;
  readonly #batchSize: number;
  readonly #kept: ReadonlyMap<string, KeptMemory>;
  /** The plan that ran last, and its number of images: the memory, which all plans share, has their values. */
  #lastPlan: string | undefined;
  #images = 0;

  constructor(
    memory: WebAssembly.Memory,
    layout: Layout,
    plans: Readonly<Record<string, EnginePlan>>,
    batchSize: number,
  ) {
    this.#memory = memory;
    this.#layout = layout;
    this.#batchSize = batchSize;
    this.#kept = new Map(
      [...layout.plans].map(([name, { plan }]) => [name, keptBy(plan, plans[name]!.graph)]),
    );
  }

  /** @param images number of images in the last batch that the plan ran */
  noteRun(plan: string, images: number): void {
    this.#lastPlan = plan;
    this.#images = images;
  }

  /** The plan that ran last. */
  get lastPlan(): string | undefined {
    return this.#lastPlan;
  }

  /** A copy of a node's value for one image of the last batch. */
  value(plan: string, node: number, slot: number): Float32Array {
    const { values } = this.#kept.get(plan)!;
    checkNode("engine.value", `a node whose value plan ${plan} keeps`, node, [...values.keys()]);
    return this.#read("engine.value", plan, node, slot, values);
  }

  /** A copy of the gradient with respect to a node's value. */
  gradient(plan: string, node: number, slot: number): Float32Array {
    const where = "engine.nodeGradient";
    const { gradients } = this.#kept.get(plan)!;
    checkNode(where, `a node whose gradient plan ${plan} keeps`, node, [...gradients.keys()]);
    return this.#read(where, plan, node, slot, gradients);
  }

  setInput(plan: string, node: number, slot: number, values: Float32Array): void {
    const where = "engine.setInput";
    const { graph, given, values: offsets } = this.#kept.get(plan)!;
    checkNode(where, `an input of plan ${plan} whose values are given`, node, given);
    this.#write(where, slot, offsets.get(node)!, graph.nodes[node]!.shape, values);
  }

  setCotangent(plan: string, slot: number, values: Float32Array): void {
    const where = "engine.setCotangent";
    const { cotangent } = this.#layout.plans.get(plan)!.plan;
    if (cotangent === undefined) {
      throw new InputError(where, "a plan whose objective is cotangent", plan);
    }
    const { nodes, output } = this.#kept.get(plan)!.graph;
    this.#write(where, slot, cotangent, nodes[output]!.shape, values);
  }

  #read(
    where: string,
    plan: string,
    node: number,
    slot: number,
    offsets: ReadonlyMap<number, number>,
  ): Float32Array {
    if (this.#lastPlan !== plan) {
      throw new InputError(where, `plan ${plan} to have run last`, this.#lastPlan ?? "none");
    }
    checkWhole(where, "slot", slot, 0, this.#images - 1);
    const { shape } = this.#kept.get(plan)!.graph.nodes[node]!;
    return fromChannelsLast(this.#floats(slot, offsets.get(node)!, shape), shape);
  }

  #write(where: string, slot: number, offset: number, shape: Shape, values: Float32Array): void {
    checkWhole(where, "slot", slot, 0, this.#batchSize - 1);
    const size = sizeOf(shape);
    if (!(values instanceof Float32Array) || values.length !== size) {
      throw new InputError(where, `values to be a Float32Array of ${size}`, shown(values));
    }
    this.#floats(slot, offset, shape).set(toChannelsLast(values, shape));
  }

  #floats(slot: number, offset: number, shape: Shape): Float32Array {
    const address = this.#layout.slotMemory + slot * this.#layout.slotBytes + offset;
    return new Float32Array(this.#memory.buffer, address, sizeOf(shape));
  }
}

function keptBy({ nodes }: Plan, graph: Graph): KeptMemory {
  const values = new Map<number, number>();
  const gradients = new Map<number, number>();
  for (const [id, { value, gradient }] of nodes) {
    values.set(id, value);
    if (gradient !== undefined) gradients.set(id, gradient);
  }
  const given = givenInputs(graph).map(({ id }) => id);
  return { graph, values, gradients, given: given.filter((id) => values.has(id)) };
}

function checkNode(where: string, what: string, node: number, known: readonly number[]): void {
  if (known.includes(node)) return;
  const choices = known.length === 0 ? "there is none" : listed(known.map(String), "or");
  throw new InputError(where, `${what} (${choices})`, `node ${shown(node)}`);
}
