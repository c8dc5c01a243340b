import { toFloat32 } from "../../../src/formats/float32.js";
import { readSafetensors } from "../../../src/formats/safetensors.js";
import type { Graph } from "../../../src/graph/graph.js";
import { decodeGraph, type EncodedGraph } from "../../../src/graph/graph-codec.js";
import type { Tensor32 } from "../../../src/graph/tensors.js";
import { withLogProbabilities } from "../../../src/graph/with-loss.js";

/** A trained network of the first page. */
export interface TrainedNetwork {
  readonly name: string;
  /** Its output are log-probabilities. */
  readonly graph: Graph;
  readonly parameters: ReadonlyMap<string, Tensor32>;
  /** Part of the upright test digits that it reads correctly, 0..1. */
  readonly accuracy: number;
}

const address = new URL("../../assets/networks.safetensors", import.meta.url);

/** Loads the networks that come with the page: scripts/studio-weights.js has trained them and tells the format. */
export async function loadNetworks(): Promise<TrainedNetwork[]> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address.pathname}: HTTP ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { tensors, metadata } = readSafetensors(bytes, "networks.safetensors");
  return Object.entries(metadata).map(([name, json]) => {
    const { graph, accuracy } = JSON.parse(json) as { graph: EncodedGraph; accuracy: number };
    const own = [...tensors].filter(([key]) => key.startsWith(`${name}/`));
    const parameters = new Map(
      own.map(([key, tensor]) => [key.slice(name.length + 1), toFloat32(tensor)!]),
    );
    return { name, graph: withLogProbabilities(decodeGraph(name, graph)), parameters, accuracy };
  });
}
