import { canonicalJson } from "../canonical-json.js";
import { InputError } from "../errors.js";
import { sha256 } from "../sha256.js";

/** SHA-256 of a value as JSON with its members sorted and no spaces, hexadecimal. */
export function checksumOf(value: unknown): string {
  return sha256(new TextEncoder().encode(canonicalJson(value)));
}

/**
 * Compares the `checksum` of a JSON file with its other members.
 *
 * @param text of the file, not what a schema left of it: a later version may have more members
 * @throws InputError where they were changed
 */
export function checkChecksum(text: string, checksum: string, where: string): void {
  const { checksum: _, ...members } = JSON.parse(text);
  checkSame(where, "content with checksum", checksum, checksumOf(members));
}

/** @throws InputError where a SHA-256 is not the expected one */
export function checkSame(where: string, what: string, expected: string, got: string): void {
  if (got === expected) return;
  throw new InputError(where, `${what} ${expected.slice(0, 12)}`, got.slice(0, 12));
}
