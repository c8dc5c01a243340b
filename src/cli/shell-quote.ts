/** A path as one types it in a shell. */
export function shellQuote(path: string): string {
  return /^[\w./:@%+,=~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
