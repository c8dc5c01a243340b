import { expect, it } from "vitest";
import { faultLines } from "../../src/cli/fault-lines.js";
import { fakeRun } from "../report/fixtures.js";

it("a run that went wrong gives a warning, a healthy one none", () => {
  const healthy = [[0.2, 9400]] as const;
  expect(faultLines(fakeRun("stn", healthy))).toEqual([]);
  expect(faultLines(fakeRun("stn", [...healthy, [2.3, 1000]], { seed: 3 }))).toEqual([
    "warning: stn, seed 3, collapsed in epoch 2, with an accuracy near chance: 10.00 % after epoch 2, the last",
  ]);
});
