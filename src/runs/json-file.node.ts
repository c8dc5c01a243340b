import type { z } from "zod";
import { InputError } from "../errors.js";
import { readText } from "./read-file.node.js";
import { writeAtomically } from "./write-atomically.node.js";

/**
 * Reads a JSON file and checks it against a schema.
 *
 * @param expected what the file should be, for the message where it cannot be read
 * @throws InputError naming the file and the first member that is not as it must be
 */
export function readJson<Value>(path: string, schema: z.ZodType<Value>, expected: string): Value {
  const text = readText(path, expected);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InputError(path, "JSON", "other text");
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const member = issue.path.length > 0 ? issue.path.join(".") : "the whole file";
  throw new InputError(
    path,
    `valid content (${member}: ${issue.message})`,
    shorten(json, issue.path),
  );
}

/** Writes a value as JSON that people can read, atomically. */
export function writeJson(path: string, value: unknown): void {
  writeAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
}

function shorten(json: unknown, path: readonly PropertyKey[]): string {
  let value = json;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
