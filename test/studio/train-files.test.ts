import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { digits, models } from "../../src/index.js";
import { encodeModel } from "../../src/runs/model-codec.js";
import {
  addressSettings,
  experimentOf,
  firstExperiment,
  recipeOptions,
} from "../../studio/pages/train/experiment.js";
import { moreTexts, textFields } from "../../studio/pages/train/recipe-fields.js";
import { Gate } from "../../studio/training/gate.js";

describe("the address of an experiment", () => {
  it("holds all of it, a network of one's own as its graph", () => {
    const model = encodeModel(models.stn.build(digits({ train: 1, test: 1 })));
    const experiment = {
      ...firstExperiment,
      ...{ data: "digits-20-10", epochs: 7, seed: 4_294_967_295, batchSize: 3, validation: 0.1 },
      ...{ learningRate: 1e-4, patience: 2 },
      recipe: {
        ...firstExperiment.recipe,
        optimizer: "adamw, weightDecay=0.05",
        group: "a: rate=2",
      },
      networks: [
        { kind: "graph", model },
        { kind: "catalogue", name: "residual", options: { width: 8, gate: true, norm: "batch" } },
      ],
    } as const;
    const address = addressSettings(experiment).toString();
    expect(experimentOf(new URLSearchParams(address))).toEqual(experiment);
    // An address that browsers and programs pass on whole.
    expect(address.length).toBeLessThan(2000);
    expect(experimentOf(new URLSearchParams())).toEqual(firstExperiment);
  });

  it("that is damaged says so", () => {
    for (const graph of ["!!!", "abc", "x".repeat(1000)]) {
      expect(() => experimentOf(new URLSearchParams({ graph }))).toThrow(
        "address: expected a network's graph, got other letters",
      );
    }
  });
});

describe("a field of the settings", () => {
  const fields = [...textFields, ...moreTexts];

  it.each(fields)("$name offers texts that are read", ({ name, choices }) => {
    const none = firstExperiment.recipe;
    for (const choice of choices) {
      expect(recipeOptions({ ...none, [name]: choice }), choice).not.toEqual({});
    }
  });

  it("is there for each of the recipe", () => {
    const names = fields.map(({ name }) => name);
    expect(names.toSorted()).toEqual(Object.keys(firstExperiment.recipe).toSorted());
  });
});

describe("a gate", () => {
  it("holds, lets each take one step, and ends those that wait", async () => {
    const gate = new Gate();
    expect([gate.isOpen, await gate.pass(0)]).toEqual([true, true]);
    gate.hold();
    const passed: string[] = [];
    const wait = async (slot: number, name: string) => {
      passed.push(`${name} ${await gate.pass(slot)}`);
    };
    const all = [wait(0, "a"), wait(1, "b")];
    gate.step(2);
    await Promise.all(all);
    expect(passed).toEqual(["a true", "b true"]);
    const next = wait(0, "again");
    gate.stop();
    gate.open();
    await next;
    expect(passed.at(-1)).toBe("again false");
  });
});

describe("the frame that runs code", () => {
  it("loads nothing, by its own policy", () => {
    const html = readFileSync(new URL("../../studio/public/sandbox.html", import.meta.url), "utf8");
    expect(html).toContain(
      "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:",
    );
    expect(html).not.toMatch(/(src|href)=/);
  });
});
