import { describe, expect, it } from "vitest";
import { ops } from "../../src/graph/ops/index.js";
import { casesOf } from "./cases/index.js";
import { expectAgreement } from "./compare.js";
import { engineExecutors, referenceExecutor } from "./executors.js";
import { derivatives } from "./finite-differences.js";
import { buildGraph, type OpCase, pose } from "./op-case.js";

const names = Object.keys(ops) as (keyof typeof ops)[];

describe.each(names)("%s", (name) => {
  const cases = casesOf(name);

  it("has cases, and they use it", () => {
    expect(cases.length).toBeGreaterThan(0);
    for (const opCase of cases) {
      expect(buildGraph(opCase).nodes.map(({ op }) => op)).toContain(name);
    }
  });

  describe("reference gradients equal central differences", () => {
    for (const opCase of cases) checkDerivatives(opCase);
  });

  describe.each(engineExecutors)("$name equals the reference", (executor) => {
    it.each(cases)("$name", async (opCase) => {
      const problem = pose(opCase);
      expectAgreement(await executor.run(problem), await referenceExecutor.run(problem));
    });
  });
});

function checkDerivatives(opCase: OpCase): void {
  const { name, notDifferentiable } = opCase;
  if (notDifferentiable !== undefined) {
    it.skip(`${name}: ${notDifferentiable}`);
    return;
  }
  it(name, () => {
    const found = derivatives(pose(opCase));
    expect(found.length).toBeGreaterThan(0);
    for (const { what, analytic, numeric } of found) {
      const error = Math.abs(analytic - numeric) / Math.max(1, Math.abs(numeric));
      expect(error, `${what}: ${analytic}, by differences ${numeric}`).toBeLessThan(1e-6);
    }
  });
}
