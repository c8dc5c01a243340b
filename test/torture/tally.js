// What became of the cases of a part, in a table.

/**
 * Something that happened in a case; `what` says more where it must not happen.
 *
 * @typedef {{ kind: keyof typeof kinds, what?: string }} Event
 */

/** What can become of a case, with the table's headings. */
export const kinds = {
  refused: "refused in one line",
  same: "same result",
  resumed: "resumed bit for bit",
  lost: "lost",
  changed: "changed silently",
  foreign: "foreign files touched",
  crash: "crashes",
  hang: "hangs",
};

/** What must never become of one. */
const failures = ["lost", "changed", "foreign", "crash", "hang"];

/** Counts of one part. */
export class Tally {
  tried = 0;
  counts = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, 0]));

  /** @param {string} part */
  constructor(part) {
    this.part = part;
  }

  /** @param {readonly Event[]} events of one case */
  add(events) {
    this.tried++;
    for (const { kind } of events) this.counts[kind]++;
  }

  get failed() {
    return failures.some((kind) => this.counts[kind] > 0);
  }
}

/** @param {Event} event */
export function isFailure({ kind }) {
  return failures.includes(kind);
}

/** @param {readonly Tally[]} tallies */
export function tableOf(tallies) {
  const rows = [
    ["part", "tried", ...Object.values(kinds)],
    ...tallies.map(({ part, tried, counts }) => [part, tried, ...Object.values(counts)]),
  ].map((row) => row.map(String));
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]),
        )
        .join("  "),
    )
    .join("\n");
}
