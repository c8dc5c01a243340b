import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { InputError } from "../../../errors.js";

/** Upper limits of a file: far more than a network of these ops has. */
export const limits = { bytes: 2 ** 30, parts: 2 ** 20, depth: 12 } as const;

/**
 * Walks through a protobuf message without keeping anything, so that what a damaged or hostile file would take in memory
 * is known before it is read.
 *
 * @throws InputError where lengths do not fit, or there are too many parts
 */
export function checkWire(bytes: Uint8Array, schema: DescMessage, where: string): void {
  if (bytes.length > limits.bytes) throw tooLarge(where, `${bytes.length} bytes`);
  const walk: Walk = { bytes, where, at: 0, parts: 0 };
  walkMessage(walk, schema, bytes.length, 0);
}

interface Walk {
  readonly bytes: Uint8Array;
  readonly where: string;
  at: number;
  parts: number;
}

function walkMessage(walk: Walk, schema: DescMessage, end: number, depth: number): void {
  if (depth > limits.depth) throw tooLarge(walk.where, "more levels");
  const fields = new Map(schema.fields.map((field) => [field.number, field]));
  while (walk.at < end) {
    if (++walk.parts > limits.parts) throw tooLarge(walk.where, "more parts");
    const tag = varint(walk, end);
    walkField(walk, fields.get(Math.floor(tag / 8)), tag % 8, end, depth);
  }
}

function walkField(
  walk: Walk,
  field: DescField | undefined,
  type: number,
  end: number,
  depth: number,
): void {
  if (type === 0) void varint(walk, end);
  else if (type === 1) skip(walk, 8, end);
  else if (type === 5) skip(walk, 4, end);
  else if (type === 2) {
    const length = varint(walk, end);
    if (length > end - walk.at) throw damaged(walk.where);
    const until = walk.at + length;
    if (field?.message) walkMessage(walk, field.message, until, depth + 1);
    else {
      // A packed list of whole numbers: each takes more memory than its one byte.
      if (field?.fieldKind === "list" && field.listKind === "scalar" && field.packed) {
        walk.parts += length / 16;
      }
      walk.at = until;
    }
    if (walk.parts > limits.parts) throw tooLarge(walk.where, "more parts");
  } else throw damaged(walk.where);
}

function skip(walk: Walk, count: number, end: number): void {
  walk.at += count;
  if (walk.at > end) throw damaged(walk.where);
}

function varint(walk: Walk, end: number): number {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (walk.at >= end) break;
    const byte = walk.bytes[walk.at++]!;
    value += (byte % 128) * 2 ** shift;
    if (byte < 128) return value;
  }
  throw damaged(walk.where);
}

export function damaged(where: string): InputError {
  return new InputError(where, "an ONNX file", "one that is damaged, or another kind of file");
}

function tooLarge(where: string, got: string): InputError {
  const { bytes, parts, depth } = limits;
  const expected = `an ONNX file of at most ${bytes} bytes, ${parts} parts and ${depth} levels`;
  return new InputError(where, expected, got);
}
