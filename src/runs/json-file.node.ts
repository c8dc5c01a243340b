import type { z } from "zod";
import { readText } from "../files/read-file.node.js";
import { writeAtomically } from "../files/write-file.node.js";
import { formatJson, parseJson } from "./json.js";

/** Of a file of settings or figures, bytes. */
export const mostBytes = 16 * 2 ** 20;

/**
 * Reads a JSON file and checks it against a schema.
 *
 * @param expected what the file should be, for the message where it cannot be read
 * @throws InputError naming the file and the first member that is not as it must be
 */
export function readJson<Value>(path: string, schema: z.ZodType<Value>, expected: string): Value {
  return parseJson(readText(path, expected, mostBytes), schema, path);
}

/** Writes a value as JSON that people can read, atomically. */
export function writeJson(path: string, value: unknown): void {
  writeAtomically(path, formatJson(value));
}
