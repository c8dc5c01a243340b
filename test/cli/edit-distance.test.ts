import { expect, test } from "vitest";
import { editDistance } from "../../src/cli/edit-distance.js";

test.each([
  ["stn", "stn", 0],
  ["snt", "stn", 1],
  ["sn", "stn", 1],
  ["sttn", "stn", 1],
  ["vit", "stn", 3],
  ["", "cnn", 3],
])("from %j to %j", (from, to, distance) => {
  expect(editDistance(from, to)).toBe(distance);
});
