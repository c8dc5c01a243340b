import { expect, test } from "vitest";
import { classScoresOf, confusionOf } from "../../src/stats/confusion.js";

test("precision, recall and F1 of each class, with an image that has no prediction", () => {
  const labels = [0, 0, 0, 1, 1, 2];
  const predicted = [0, 0, 1, 1, 0, 0];
  const confidences = [0.9, 0.8, 0.7, 0.6, 0.9, Number.NaN];
  const confusion = confusionOf(4, labels, predicted, confidences);
  expect([...confusion.counts]).toEqual([2, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect([...confusion.without]).toEqual([0, 0, 1, 0]);
  const [first, second, third, fourth] = classScoresOf(confusion);
  const confusedWith = { index: 1, images: 1 };
  expect(first).toEqual({
    ...{ images: 3, predicted: 3, recall: 2 / 3, precision: 2 / 3, f1: 2 / 3, confusedWith },
  });
  expect(second).toMatchObject({ images: 2, predicted: 2, recall: 0.5, precision: 0.5, f1: 0.5 });
  expect(third).toEqual({
    images: 1,
    predicted: 0,
    recall: 0,
    precision: Number.NaN,
    f1: Number.NaN,
  });
  expect(fourth).toMatchObject({ images: 0, recall: Number.NaN, precision: Number.NaN });
});
