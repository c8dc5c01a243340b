import { imageBytes, lossClasses } from "../graph/data-needs.js";
import { sizeOf } from "../graph/graph.js";
import type { EnginePlan, EngineSet } from "./options.js";

/** What a plan asks of the sets and commands that it runs with. */
export interface PlanNeeds {
  /** Bytes of an image; undefined where it takes none. */
  readonly imageBytes: number | undefined;
  /** Labels are below this; undefined where it reads none. */
  readonly classes: number | undefined;
  /** Takes gradients. */
  readonly differentiates: boolean;
  /** Takes steps of gradient descent. */
  readonly updates: boolean;
}

export function needsOf({ graph, objective, update }: EnginePlan): PlanNeeds {
  const scored = objective === "score" ? sizeOf(graph.nodes[graph.output]!.shape) : undefined;
  const classes = [scored, lossClasses(graph)].filter((count) => count !== undefined);
  return {
    imageBytes: imageBytes(graph),
    classes: classes.length === 0 ? undefined : Math.min(...classes),
    differentiates: objective === "loss" || objective === "cotangent",
    updates: update,
  };
}

/** The image with the largest label, and that label. */
export function largestLabel({ labels }: EngineSet): {
  readonly image: number;
  readonly label: number;
} {
  let image = 0;
  for (let i = 1; i < labels.length; i++) if (labels[i]! > labels[image]!) image = i;
  return { image, label: labels[image]! };
}
