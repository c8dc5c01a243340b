import { describe, expect, it } from "vitest";
import { fusions } from "../../src/engine/fusions/index.js";
import { placeParameters } from "../../src/engine/parameter-layout.js";
import { type Call, compile, type PlanOptions } from "../../src/engine/plan.js";
import { planSteps } from "../../src/engine/steps.js";
import type { Graph } from "../../src/graph/graph.js";
import { withLoss } from "../../src/graph/with-loss.js";
import { classifierNames } from "../../src/models/index.js";
import { graphOf } from "../models/graph-of.js";

const image = { channels: 1, rows: 28, columns: 28 };
const graphs = classifierNames.map((name) => [name, withLoss(graphOf(name, image, 10))] as const);

const training: PlanOptions = { training: true, objective: "loss", update: true };

function callsOf(graph: Graph, options: PlanOptions): Call[] {
  const plan = compile(graph, 64, placeParameters(graph), 0, options);
  return [...plan.prologue, ...plan.phases.flatMap(({ calls }) => calls)];
}

describe.each(graphs)("the steps of %s", (_, graph) => {
  const steps = planSteps(graph, new Set());

  it("compute every node once, each in one step", () => {
    const ids = steps.flatMap(({ nodes }) => nodes);
    expect(ids.toSorted((a, b) => a - b)).toEqual(graph.nodes.map(({ id }) => id));
    for (const { nodes, output } of steps) {
      expect(nodes).toEqual(nodes.toSorted((a, b) => a - b));
      expect(nodes.at(-1)).toBe(output);
    }
  });

  it("are named after the fusion where they are of several nodes", () => {
    const names = fusions.map(({ name }) => name);
    for (const { fusion, nodes } of steps) {
      if (nodes.length === 1) expect(fusion).toBeUndefined();
      else expect(names).toContain(fusion);
    }
  });

  it("tell what reads which parameters, as their nodes do", () => {
    for (const { nodes, parameters } of steps) {
      expect(parameters).toEqual(nodes.flatMap((id) => graph.nodes[id]!.parameters));
    }
  });

  it("are known by all their calls, in training in both directions", () => {
    const calls = callsOf(graph, training);
    const called = new Set(calls.flatMap(({ step }) => step?.output ?? []));
    expect([...called].sort((a, b) => a - b)).toEqual(
      steps.map(({ output }) => output).sort((a, b) => a - b),
    );
    const before = calls.filter(({ step }) => step === undefined);
    // Zeros for gradients, and the loss that backward starts with.
    expect(before.length).toBeGreaterThanOrEqual(2);
    expect(before.length).toBeLessThan(calls.length / 3);
  });
});

describe("fusions", () => {
  it("each have a name and a reason", () => {
    expect(fusions.map(({ name }) => name)).toEqual([
      "convPoolRelu",
      "convBatchNorm",
      "batchNormRelu",
      "convRelu",
      "addRelu",
      "linearLinear",
    ]);
    for (const { why } of fusions) expect(why).toMatch(/^\w.{30,}/);
  });

  it("are found where a model has them", () => {
    const found = (name: (typeof classifierNames)[number]) =>
      planSteps(new Map(graphs).get(name)!, new Set()).flatMap(({ fusion, label }) =>
        fusion ? [`${fusion} ${label}`] : [],
      );
    expect(found("cnn")).toEqual(["convPoolRelu conv1", "convPoolRelu conv2"]);
    expect(found("mha")).toEqual([
      "convPoolRelu conv1",
      ...["q", "k", "v"].map((role) => `linearLinear vit1.${role}`),
      "convPoolRelu conv2",
      ...["q", "k", "v"].map((role) => `linearLinear vit2.${role}`),
    ]);
  });
});
