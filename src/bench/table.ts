/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** Default `right`. */
  readonly align?: "left" | "right";
  readonly text: (row: Row) => string;
}

export type TableFormat = "plain" | "markdown";

const gap = "  ";

/** Rows as lines: aligned for terminals, or as Markdown. */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  format: TableFormat,
): string[] {
  const titles = columns.map(({ title }) => title);
  const cells = rows.map((row) => columns.map(({ text }) => text(row)));
  if (format === "markdown") {
    const rule = columns.map(({ align }) => (align === "left" ? "---" : "---:"));
    return [titles, rule, ...cells].map((line) => `| ${line.join(" | ")} |`);
  }
  const widths = titles.map((title, index) =>
    Math.max(title.length, ...cells.map((line) => line[index]!.length)),
  );
  const aligned = (line: readonly string[]) =>
    line
      .map((cell, index) =>
        columns[index]!.align === "left"
          ? cell.padEnd(widths[index]!)
          : cell.padStart(widths[index]!),
      )
      .join(gap)
      .trimEnd();
  return [
    aligned(titles),
    widths.map((width) => "─".repeat(width)).join(gap),
    ...cells.map(aligned),
  ];
}
