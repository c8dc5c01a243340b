import { fusions } from "../engine/fusions/index.js";
import { placeParameters } from "../engine/parameter-layout.js";
import { type Call, compile, type PlanOptions } from "../engine/plan.js";
import type { Step } from "../engine/step.js";
import { planSteps } from "../engine/steps.js";
import { type Graph, type Shape, sizeOf } from "../graph/graph.js";
import type { Model } from "../graph/model.js";
import { withLoss } from "../graph/with-loss.js";
import { nodesWork } from "./call-work.js";
import { batchSize } from "./timed-steps.js";

/** A fusion that nearly matches a step's first node, and what keeps it from that. */
export interface MissedFusion {
  readonly fusion: string;
  readonly why: string;
}

/** What the engine does for one node, or for several fused ones. */
export interface ExplainedStep {
  /** Label of its first node: of a layer its name. */
  readonly layer: string;
  /** Ops of its nodes, in order of evaluation. */
  readonly ops: readonly string[];
  /** Id of the node whose value it writes. */
  readonly output: number;
  /** Name of the fusion; undefined for a single node. */
  readonly fusion?: string;
  readonly notFused: readonly MissedFusion[];
  readonly inputs: readonly Shape[];
  readonly shape: Shape;
  /** Trained values; of parameters that layers share, those of the first one. */
  readonly parameters: number;
  /** Kernels that run once per step on each thread, or over the whole batch; forward and backward, for each image. */
  readonly kernels: {
    readonly once: readonly string[];
    readonly forward: readonly string[];
    readonly backward: readonly string[];
  };
  /** Bytes of its value for an image, and of the value's gradient where the plan computes one. */
  readonly bytes: number;
  /** Multiply-adds of the forward pass of an image, nothing skipped. */
  readonly multiplyAdds: number;
}

/** How the engine runs a model. */
export interface ExplainedPlan {
  readonly plan: "training" | "evaluation";
  readonly steps: readonly ExplainedStep[];
  /** Phases of a step: all threads wait for each other after each. */
  readonly phases: number;
  /** Bytes of working memory of a thread, of an image of the batch, and shared by the batch. */
  readonly memory: { readonly thread: number; readonly image: number; readonly batch: number };
}

const plans = {
  training: { training: true, objective: "loss", update: true },
  evaluation: { training: false, objective: "score", update: false },
} as const satisfies Record<ExplainedPlan["plan"], PlanOptions>;

/** The plans of training, with the loss, and of evaluation, in batches of 64. */
export function explain({ graph }: Model): ExplainedPlan[] {
  return [
    explainPlan("training", withLoss(graph), plans.training),
    explainPlan("evaluation", graph, plans.evaluation),
  ];
}

function explainPlan(
  name: ExplainedPlan["plan"],
  graph: Graph,
  options: PlanOptions,
): ExplainedPlan {
  const plan = compile(graph, batchSize, placeParameters(graph), 0, options);
  const use = { training: options.training, differentiates: options.objective === "loss" };
  const calls = plan.phases.flatMap((phase) => phase.calls);
  const seed = calls.findIndex(({ kernel }) => kernel === "SeedLoss");
  const turn = seed < 0 ? calls.length : seed;
  const ofStep = (step: Step, some: readonly Call[]) =>
    some.filter((call) => call.step?.output === step.output).map(({ kernel }) => kernel);
  const steps = planSteps(graph, new Set(), use).map((step): ExplainedStep => {
    const backward = ofStep(step, calls.slice(turn));
    const values = backward.length > 0 ? 2 : 1;
    return {
      layer: step.label,
      ops: step.nodes.map((id) => graph.nodes[id]!.op),
      output: step.output,
      ...(step.fusion !== undefined && { fusion: step.fusion }),
      notFused: missedFusions(graph, step, use),
      inputs: step.inputs.map((id) => graph.nodes[id]!.shape),
      shape: step.shape,
      parameters: step.nodes.reduce((sum, id) => sum + ownParameters(graph, id), 0),
      kernels: {
        once: ofStep(step, plan.prologue),
        forward: ofStep(step, calls.slice(0, turn)),
        backward,
      },
      bytes: values * Float32Array.BYTES_PER_ELEMENT * sizeOf(step.shape),
      multiplyAdds: nodesWork({ graph, batchSize }, step.nodes),
    };
  });
  return {
    plan: name,
    steps,
    phases: plan.phases.length,
    memory: { thread: plan.threadBytes, image: plan.slotBytes, batch: plan.batchBytes },
  };
}

function missedFusions(
  graph: Graph,
  { nodes, fusion }: Step,
  use: { readonly training: boolean; readonly differentiates: boolean },
): MissedFusion[] {
  const first = graph.nodes[nodes[0]!]!;
  return fusions.flatMap((each) => {
    if (each.name === fusion) return [];
    const why = each.missedAt(graph, first, new Set(), use);
    return why === undefined ? [] : [{ fusion: each.name, why }];
  });
}

/** Trained values that no node before reads. */
function ownParameters({ nodes, parameters }: Graph, id: number): number {
  const known = new Set(nodes.slice(0, id).flatMap((node) => node.parameters));
  const own = nodes[id]!.parameters.filter((index) => !known.has(index));
  return own
    .map((index) => parameters[index]!)
    .filter(({ buffer }) => buffer !== true)
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
