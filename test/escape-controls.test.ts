import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeControls } from "../src/escape-controls.js";
import { anyText, hasActing } from "./hostile-text.js";

test.each([
  ["a\u001b[31mb", "a\\u001b[31mb"],
  ["a\u009b2Jb", "a\\u009b2Jb"],
  ["\u202etxt.exe\u2066", "\\u202etxt.exe\\u2066"],
  [
    "\u061c\u200e\u200f\u2028\u2029\r\n\u007f",
    "\\u061c\\u200e\\u200f\\u2028\\u2029\\u000d\\u000a\\u007f",
  ],
  ["Ünïcödé 手書き 👩‍🔬", "Ünïcödé 手書き 👩‍🔬"],
])("%j is shown as %s", (text, shown) => {
  expect(escapeControls(text)).toBe(shown);
});

test("nothing acting is left of any text, and JSON keeps its value", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(hasActing(escapeControls(text))).toBe(false);
      expect(JSON.parse(escapeControls(JSON.stringify(text)))).toBe(text);
    }),
  );
});

test("what is kept stays", () => {
  expect(escapeControls("a\nb\tc\r", "\n\t")).toBe("a\nb\tc\\u000d");
});
