import type { z } from "zod";
import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";

type Issue = z.core.$ZodIssue;

/**
 * The first thing that is wrong with a value, as an error that names it by its path. Messages of the schema are what is
 * expected of a value.
 *
 * @param where the file
 * @param place the path of the value in the file
 */
export function schemaProblem(
  where: string,
  json: unknown,
  error: z.ZodError,
  place: readonly PropertyKey[] = [],
): InputError {
  const { issue, path } = innermost(error.issues[0]!, []);
  const member = [...place, ...path].join(".");
  if (issue.code === "unrecognized_keys") {
    const object = member === "" ? where : `${where}: ${member}`;
    return new InputError(object, issue.message, excerpt(issue.keys[0]));
  }
  const expected = member === "" ? issue.message : `${member} to be ${issue.message}`;
  return new InputError(where, expected, excerpt(valueAt(json, path)));
}

/** Of a value that may have several forms: what is wrong with the form that it was meant to have. */
function innermost(
  issue: Issue,
  before: readonly PropertyKey[],
): { readonly issue: Issue; readonly path: readonly PropertyKey[] } {
  const path = [...before, ...issue.path];
  if (issue.code !== "invalid_union") return { issue, path };
  const meant = issue.errors.map(([first]) => first).find((first) => first && !isOtherForm(first));
  return meant ? innermost(meant, path) : { issue, path };
}

/** Whether a value is not of a form at all. */
function isOtherForm({ code, path }: Issue): boolean {
  return code === "invalid_type" && path.length === 0;
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  let value = json;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return value;
}
