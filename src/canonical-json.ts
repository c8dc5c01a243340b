import { InputError } from "./errors.js";

/**
 * A value as JSON, so that equal values give equal texts: members sorted by name, no spaces, members
 * that are undefined left out. Digests of values are computed from it.
 *
 * @throws InputError for a number that JSON cannot hold, such as NaN
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new InputError("JSON", "a finite number", String(value));
  }
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}
