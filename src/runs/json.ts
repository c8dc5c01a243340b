import type { z } from "zod";
import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";

/**
 * Reads JSON and checks it against a schema.
 *
 * @param where the file, for messages
 * @throws InputError naming the first member that is not as it must be
 */
export function parseJson<Value>(text: string, schema: z.ZodType<Value>, where: string): Value {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InputError(where, "JSON", "other text");
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const member = issue.path.length > 0 ? issue.path.join(".") : "the whole file";
  const expected = `valid content (${member}: ${issue.message})`;
  throw new InputError(where, expected, memberAt(json, issue.path));
}

/** A value as JSON that people can read. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function memberAt(json: unknown, path: readonly PropertyKey[]): string {
  let value = json;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return excerpt(value);
}
