import { expect, it } from "vitest";
import { className, imageCaption } from "../../src/report/class-name.js";

const image = { index: 3, label: 1, prediction: 0, probability: 0.9 };

it("classes are called by their names, else by their numbers", () => {
  expect(className(1, ["cat", "dog"])).toBe("dog");
  expect(className(1)).toBe("1");
  expect(className(-1, ["cat", "dog"])).toBe("none");
  expect(className(0, ["sperm whale"])).toBe("sperm wh…");
});

it("the probability follows numbers, and is below names", () => {
  expect(imageCaption(image)).toEqual({ answer: "1 → 0 · 90.0 %", about: "image 3" });
  expect(imageCaption(image, ["cat", "dog"])).toEqual({
    answer: "dog → cat",
    about: "image 3 · 90.0 %",
  });
});

it("a model that diverged has neither", () => {
  expect(imageCaption({ ...image, prediction: -1, probability: Number.NaN })).toEqual({
    answer: "1 → none",
    about: "image 3",
  });
});
