import { expect, it } from "vitest";
import { claimsPage } from "../../../src/papers/arslan-2021/pages/claims-page.js";

it("tells the noise at an accuracy that the study prints", () => {
  expect(claimsPage({ claims: [], runs: [] })).toContain(
    "At 99.32 % that takes 22 images more or 25 fewer.",
  );
});
