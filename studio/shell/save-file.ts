/**
 * Saves a file from the page.
 *
 * @param name letters that some file systems refuse become dashes
 * @param type of its content, such as `text/csv`
 */
export function saveFile(name: string, content: BlobPart, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name.replace(/[^\w.()-]+/g, "-");
  link.click();
  // The download has begun by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
