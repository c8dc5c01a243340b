import { expect, test } from "vitest";
import { escapeMarkdown, markdownTable } from "../../src/report/markdown-table.js";
import { escapeMarkup } from "../../src/report/markup.js";
import { resultsTable } from "../../src/report/results-table.js";
import { fakeRun } from "./fixtures.js";

const hostile = "a|b](javascript:x)`c`<img src=x>\u202e\u009b1m\nnext";

test("markup of Markdown and HTML is text", () => {
  expect(escapeMarkdown(hostile)).toBe(
    "a\\|b\\](javascript:x)\\`c\\`&lt;img src=x&gt;\\\\u202e\\\\u009b1m\\\\u000anext",
  );
});

test("cells keep their own markup, and end where they should", () => {
  expect(markdownTable([{ title: "`a`" }], [["b|c\\|d"]])).toBe("| `a` |\n| --- |\n| b\\|c\\|d |");
});

test("markup's texts and attributes have no control characters", () => {
  expect(escapeMarkup('\u202e"\u001b[1m\n')).toBe("\\u202e&quot;\\u001b[1m\n");
});

test.each(["plain", "markdown"] as const)("names of runs in a %s table", (format) => {
  const run = fakeRun("stn", [[0.2, 9400]]);
  const named = { ...run, record: { ...run.record, model: hostile } };
  const table = resultsTable([named], { format });
  expect(table).not.toMatch(/[\u202e\u009b]|\nnext/);
  if (format === "markdown") expect(table).not.toMatch(/<img|[^\\][|]b|[^\\]`/);
});
