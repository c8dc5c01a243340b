import { escapeControls } from "../escape-controls.js";

/** Plain text as Markdown shows it: markup of Markdown and HTML in it stays text, on one line. */
export function escapeMarkdown(text: string): string {
  return escapeControls(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\`*_[\]|~]/g, "\\$&");
}

/** A Markdown table. Cells are Markdown; a `|` in them is text. */
export function markdownTable(
  columns: readonly { readonly title: string; readonly align?: "left" | "right" }[],
  rows: readonly (readonly string[])[],
): string {
  const titles = columns.map(({ title }) => title);
  const rule = columns.map(({ align }) => (align === "right" ? "---:" : "---"));
  return [titles, rule, ...rows]
    .map((cells) => `| ${cells.map((text) => cellText(text)).join(" | ")} |`)
    .join("\n");
}

/** Without a `|` or line break that would end the cell; what is escaped already stays. */
function cellText(text: string): string {
  return text.replace(/\\.|\|/g, (found) => (found === "|" ? "\\|" : found)).replaceAll("\n", " ");
}
