/** A Markdown table of plain texts. */
export function markdownTable(
  columns: readonly { readonly title: string; readonly align?: "left" | "right" }[],
  rows: readonly (readonly string[])[],
): string {
  const titles = columns.map(({ title }) => title);
  const rule = columns.map(({ align }) => (align === "right" ? "---:" : "---"));
  return [titles, rule, ...rows]
    .map((cells) => `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}
