// What the readers of CSV files share.

const lineFeed = 0x0a;

/** Number of rows from a byte on; the last one may end without a line feed. */
export function countRows(bytes: Uint8Array, begin: number): number {
  let count = 0;
  for (let at = begin; at < bytes.length; at = endOfRow(bytes, at) + 1) count++;
  return count;
}

/** Where the row at a byte ends: at its line feed, or at the end of the file. */
export function endOfRow(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(lineFeed, from);
  return end < 0 ? bytes.length : end;
}
