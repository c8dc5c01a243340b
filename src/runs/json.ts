import type { z } from "zod";
import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import { jsonText } from "../json-text.js";

/** Lists and objects inside each other; Fovea's own files have fewer than ten. */
const deepest = 64;

/**
 * Reads JSON and checks it against a schema.
 *
 * @param where the file, for messages
 * @throws InputError naming the first member that is not as it must be
 */
export function parseJson<Value>(text: string, schema: z.ZodType<Value>, where: string): Value {
  // What is checked by recursion must have a limit.
  if (isDeep(text)) {
    throw new InputError(where, `JSON nested at most ${deepest} deep`, "lists nested too deeply");
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InputError(where, "JSON", "other text");
  }
  if (mayHide.test(text)) refuseHidden(json, where);
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const member = issue.path.length > 0 ? issue.path.join(".") : "the whole file";
  const expected = `valid content (${member}: ${issue.message})`;
  throw new InputError(where, expected, memberAt(json, issue.path));
}

/** A text that may have the member {@link hidden}, also where its letters are escaped. */
const mayHide = /__proto__|\\u00/;
const hidden = "__proto__";

/** Schemas pass over a member of this name, so that it would be ignored without a word. */
function refuseHidden(json: unknown, where: string): void {
  if (typeof json !== "object" || json === null) return;
  if (Object.hasOwn(json, hidden)) {
    throw new InputError(where, `no member with the name ${hidden}`, "one");
  }
  for (const value of Object.values(json)) refuseHidden(value, where);
}

/** A value as JSON that people can read; `figure` reads numbers that JSON has no form for. */
export function formatJson(value: unknown): string {
  return `${jsonText(value, 2)}\n`;
}

/** Whether lists and objects lie deeper inside each other than {@link deepest}; what stands in strings does not count. */
function isDeep(text: string): boolean {
  const [quote, backslash, opening, closing] = ['"', "\\", "[{", "]}"];
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length && depth <= deepest; at++) {
    const character = text[at]!;
    if (inString && character === backslash) at++;
    else if (character === quote) inString = !inString;
    else if (inString) continue;
    else if (opening.includes(character)) depth++;
    else if (closing.includes(character)) depth--;
  }
  return depth > deepest;
}

function memberAt(json: unknown, path: readonly PropertyKey[]): string {
  let value = json;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return excerpt(value);
}
