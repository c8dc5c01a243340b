import { expect, test } from "vitest";
import { firstImages, resizedImages } from "../../src/bench/images.js";
import { randomImages } from "./random-images.js";

const shape = { channels: 2, rows: 2, columns: 3 };

test("the first images are all there are where more are asked for", () => {
  const data = randomImages(shape, { train: 5, test: 3 });
  const few = firstImages(data, { train: 2, test: 9 });
  expect(few.train.images).toEqual(data.train.images.slice(0, 24));
  expect(few.train.count).toBe(2);
  expect(few.test.count).toBe(3);
});

test("an enlarged image repeats its pixels", () => {
  const data = randomImages({ channels: 1, rows: 2, columns: 2 }, { train: 2, test: 1 });
  const [a, b, c, d] = data.train.images.slice(4);
  const large = resizedImages(data, 4);
  expect([...large.train.images.slice(16)]).toEqual(
    [a, a, b, b, a, a, b, b, c, c, d, d, c, c, d, d].map(Number),
  );
  expect(large).toMatchObject({ rows: 4, columns: 4 });
});
