import { DIGITS_FACTS } from "../../../src/data/sources/digits.js";
import { Engine } from "../../../src/engine/engine.js";
import type { EngineSet } from "../../../src/engine/options.js";
import type { Graph } from "../../../src/graph/graph.js";
import type { NamedTensors } from "../../../src/graph/tensors.js";
import { type Attention, attentionsOf } from "../../../src/inspect/attention-nodes.js";
import { type Continuation, withGivenValue } from "../../../src/inspect/given-value.js";
import type { ValueOf } from "../../../src/inspect/terms.js";
import { type Transformer, transformersOf } from "../../../src/inspect/transformer-nodes.js";
import { withoutCoordinates } from "../../../src/inspect/without-coordinates.js";
import type { TrainedNetwork } from "./networks.js";

export const side = 28;
export const pixels = side * side;
/** Most pictures in a batch: the drawn one and its companions. */
export const mostImages = 12;

/** What a network says of a picture. */
export interface Answer {
  /** By class. */
  readonly probabilities: Float64Array;
  /** The same without what is special about it: without coordinates, or without the others of the batch. */
  readonly beside?: Float64Array;
  /** Copies of the values that were asked for. */
  readonly values: ValueOf;
  /** Number of images in the batch. */
  readonly images: number;
}

/** What is asked of a network. */
export interface Question {
  /** The drawn picture, then its companions; networks that read one picture take the first. */
  readonly images: Uint8Array;
  /** In place of what a spatial transformer computes itself. */
  readonly theta?: readonly number[] | undefined;
  /** Whether all values are wanted, not only those of the mechanism. */
  readonly inside: boolean;
}

type Run = (images: Uint8Array, given?: readonly number[]) => ValueOf;

/** A trained network of the page, ready to look at pictures. It computes at once, in the page's own thread. */
export class Looker {
  readonly attentions: readonly Attention[];
  readonly transformer: Transformer | undefined;
  readonly #engines: Engine[] = [];
  readonly #looksAcross: boolean;
  #run!: Run;
  #runInside!: Run;
  /** The same network without coordinates. */
  #runBeside: Run | undefined;
  /** The same network from theta on. */
  #continuation: Continuation | undefined;
  #runGiven: Run | undefined;

  private constructor(readonly network: TrainedNetwork) {
    const { graph } = network;
    this.attentions = attentionsOf(graph);
    [this.transformer] = transformersOf(graph);
    this.#looksAcross = this.attentions.some(({ over }) => over === "batch");
  }

  static async open(network: TrainedNetwork): Promise<Looker> {
    const looker = new Looker(network);
    const { graph, parameters } = network;
    const special = looker.#specialNodes();
    const all = graph.nodes.map(({ id }) => id);
    [looker.#run, looker.#runInside] = (await looker.#runs(graph, parameters, [special, all])) as [
      Run,
      Run,
    ];
    const plain = withoutCoordinates(graph, parameters);
    if (plain) [looker.#runBeside] = await looker.#runs(graph, plain, [[graph.output]]);
    if (looker.transformer) {
      const continuation = withGivenValue(graph, looker.transformer.theta.id);
      looker.#continuation = continuation;
      const names = new Set(continuation.graph.parameters.map(({ name }) => name));
      const own = new Map([...parameters].filter(([name]) => names.has(name)));
      const kept = continuation.graph.nodes.map(({ id }) => id);
      [looker.#runGiven] = await looker.#runs(continuation.graph, own, [kept], continuation.given);
    }
    return looker;
  }

  get graph(): Graph {
    return this.network.graph;
  }

  look({ images, theta, inside }: Question): Answer {
    const given = this.#looksAcross ? images : images.subarray(0, pixels);
    const count = given.length / pixels;
    // Values are those of the last run, so what stands beside is read first.
    const beside = this.#beside(given, count);
    const own = (inside ? this.#runInside : this.#run)(given);
    const values = theta && this.#runGiven ? this.#continued(own, given, theta) : own;
    const probabilities = this.#probabilities(values);
    return { probabilities, values, images: count, ...(beside && { beside }) };
  }

  close(): void {
    for (const engine of this.#engines) engine.close();
  }

  #beside(images: Uint8Array, count: number): Float64Array | undefined {
    if (this.#runBeside) return this.#probabilities(this.#runBeside(images));
    if (count > 1) return this.#probabilities(this.#run(images.subarray(0, pixels)));
    return undefined;
  }

  #continued(own: ValueOf, images: Uint8Array, theta: readonly number[]): ValueOf {
    const { ids } = this.#continuation!;
    const after = this.#runGiven!(images, theta);
    return (node, slot) => (ids.has(node) ? after(ids.get(node)!, slot) : own(node, slot));
  }

  #probabilities(values: ValueOf): Float64Array {
    return Float64Array.from(values(this.graph.output, 0), Math.exp);
  }

  #specialNodes(): number[] {
    const { transformer } = this;
    return [
      this.graph.output,
      ...(transformer ? [transformer.theta.id, transformer.sampler.id] : []),
      ...this.attentions.flatMap(({ query, key }) => [query.id, key.id]),
    ];
  }

  /** An engine with a plan for each list of nodes whose values are read, and what runs them. */
  async #runs(
    graph: Graph,
    parameters: NamedTensors,
    lists: readonly (readonly number[])[],
    given?: number,
  ): Promise<Run[]> {
    const most = this.#looksAcross ? mostImages : 1;
    const counts = Array.from({ length: most }, (_, at) => at + 1);
    const engine = await Engine.create({
      plans: Object.fromEntries(
        lists.map((kept, at) => [
          `kept${at}`,
          { graph, training: false, objective: "values" as const, update: false, kept },
        ]),
      ),
      sets: Object.fromEntries(counts.map((count) => [`of${count}`, emptySet(count)])),
      ...{ batchSize: most, threads: 1, mean: DIGITS_FACTS.mean, std: DIGITS_FACTS.std },
    });
    this.#engines.push(engine);
    engine.setParameters(parameters);
    return lists.map((kept, at) => (images, value) => {
      const count = images.length / pixels;
      const [plan, set] = [`kept${at}`, `of${count}`];
      engine.setImages(set, images);
      if (value) engine.setInput(plan, given!, 0, Float32Array.from(value));
      engine.run({ plan, set, from: 0, to: 1 });
      const read = kept.map((node) => [
        node,
        Array.from({ length: count }, (_, slot) => engine.value(plan, node, slot)),
      ]);
      const found = new Map(read as [number, Float32Array[]][]);
      return (node, slot) => found.get(node)![slot]!;
    });
  }
}

function emptySet(count: number): EngineSet {
  return { count, images: new Uint8Array(count * pixels), labels: new Uint8Array(count) };
}
