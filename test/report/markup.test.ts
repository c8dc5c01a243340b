import { expect, it } from "vitest";
import { unbroken } from "../../src/report/markup.js";

it("keeps numbers with their signs, and epochs with their figures", () => {
  expect(unbroken("vit1 92.0 % and 90.9 %, 95.43 % @ 3, 1.26 ± 0.26 × 1.03")).toBe(
    "vit1 92.0\u00a0% and 90.9\u00a0%, 95.43\u00a0%\u00a0@\u00a03, 1.26 ± 0.26\u00a0× 1.03",
  );
});
