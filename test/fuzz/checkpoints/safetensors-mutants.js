import { writeNumber } from "./byte-mutants.js";

const dtypes = ["F32", "F64", "F16", "BF16", "I64", "BOOL", "U8", "Q4", "constructor", "__proto__"];
const names = ["w", "", "__proto__", "__metadata__", "constructor", "\\u0077", "\\u2028", "0"];

/** Changes the JSON in a safetensors file's header; its length stays right, or nearly always. */
export function mutateSafetensorsHeader(bytes, random) {
  const length = Number(Buffer.from(bytes).readBigUInt64LE(0));
  let text = Buffer.from(bytes.subarray(8, 8 + length)).toString("utf8");
  for (let count = random.few(); count > 0; count--) text = random.pick(changes)(text, random);
  const json = Buffer.from(text);
  const head = Buffer.alloc(8);
  writeNumber(head, 0, 8, random.chance(0.95) ? json.length : random.edge(json.length));
  return Buffer.concat([head, json, bytes.subarray(8 + length)]);
}

const changes = [
  (text, random) => replaceSome(text, /\d+/g, random, () => String(random.edge())),
  (text, random) =>
    replaceSome(text, /\d+/g, random, (digits) => String(random.edge(Number(digits)))),
  (text, random) =>
    replaceSome(text, /\d+/g, random, () => random.pick(["-1", "1.5", "1e400", "null"])),
  (text, random) =>
    replaceSome(text, /"(F32|F64|I64|BOOL)"/g, random, () => `"${random.pick(dtypes)}"`),
  (text, random) => replaceSome(text, /"[\w.]+"(?=:\{)/g, random, () => `"${random.pick(names)}"`),
  (text, random) => replaceSome(text, /"(dtype|shape|data_offsets)"/g, random, () => '"other"'),
  (text, random) => replaceSome(text, /\[[^[\]]*\]/g, random, () => nested(random)),
  (text, random) =>
    replaceSome(text, /[{}[\],:"]/g, random, () => random.pick(["", "{", "]", ","])),
  (text) => text.replace("}}", '},"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}'),
  (text, random) => text.slice(0, random.below(text.length + 1)),
];

/** Replaces one of the places that fit. */
function replaceSome(text, pattern, random, make) {
  const places = [...text.matchAll(pattern)];
  if (places.length === 0) return text;
  const { 0: found, index } = random.pick(places);
  return text.slice(0, index) + make(found) + text.slice(index + found.length);
}

/** Lists in lists. */
function nested(random) {
  const depth = random.chance(0.1) ? 20_000 : random.below(5);
  return "[".repeat(depth) + "]".repeat(depth);
}
