import { describe, expect, it } from "vitest";
import type { Run } from "../../src/runs/run-folder.node.js";
import { differingFacts } from "../../studio/pages/runs/compared.js";
import type { RunRow } from "../../studio/pages/runs/rows.js";
import { fakeRun } from "../report/fixtures.js";

const rowOf = ({ record }: Run) => ({ record, seed: record.spec.seed }) as RunRow;
const differing = (a: Run, b: Run) =>
  Object.fromEntries(differingFacts(rowOf(a), rowOf(b)).map((fact) => [fact.name, fact]));

describe("settings in which two runs differ", () => {
  const run = fakeRun("cnn", [[0.1, 9700]]);

  it("are none of equal ones", () => {
    expect(differingFacts(rowOf(run), rowOf(run))).toEqual([]);
  });

  it("name the network, its graph, the seed and the recipe", () => {
    const other = fakeRun("stn", [[0.1, 9700]], { seed: 3, recipe: { learningRate: 0.1 } });
    const found = differing(run, other);
    expect(Object.keys(found).toSorted()).toEqual([
      "network",
      "network's graph",
      "recipe.learningRate",
      "seed",
    ]);
    expect(found.network).toEqual({ name: "network", a: "cnn", b: "stn" });
    expect(found["network's graph"]!.a).toBe(run.record.spec.model.slice(0, 12));
    expect(found.seed).toMatchObject({ a: "0", b: "3" });
  });

  it("tell data of one name apart", () => {
    const { record } = run;
    const data = { ...record.spec.data, digest: "f".repeat(64) };
    const other = { ...run, record: { ...record, spec: { ...record.spec, data } } };
    expect(differing(run, other).data!.b).toBe("mnist (ffffffffffff)");
  });
});
