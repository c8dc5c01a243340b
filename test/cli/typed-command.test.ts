import { expect, test } from "vitest";
import { typedCommand } from "../../src/cli/typed-command.js";

test.each([
  [undefined, "fovea train cnn"],
  ["fovea", "npm run fovea -- train cnn"],
  ["start", "npm run fovea -- train cnn"],
  ["npx", "npx fovea train cnn"],
])("a command started by %s", (script, typed) => {
  expect(typedCommand("train cnn", { npm_lifecycle_event: script })).toBe(typed);
});
