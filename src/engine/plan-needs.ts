import { imageBytes, lossClasses } from "../graph/data-needs.js";
import { sizeOf } from "../graph/graph.js";
import type { EnginePlan, EngineSet } from "./options.js";

/** What a plan needs of its sets and commands. */
export interface PlanNeeds {
  /** Bytes of an image; undefined where it reads none. */
  readonly imageBytes: number | undefined;
  /** Labels must be below this; undefined where it reads none. */
  readonly classes: number | undefined;
  /** Whether it computes gradients. */
  readonly differentiates: boolean;
  /** Whether it takes steps of gradient descent. */
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

/** Number of the image with the largest label, and that label. */
export function largestLabel({ labels }: EngineSet): {
  readonly image: number;
  readonly label: number;
} {
  let image = 0;
  for (let i = 1; i < labels.length; i++) if (labels[i]! > labels[image]!) image = i;
  return { image, label: labels[image]! };
}
