/** Changes that know nothing of a format: bytes set, moved, left out or put twice, an end cut off. */
export function mutateBytes(bytes, random) {
  let mutant = Buffer.from(bytes);
  for (let count = random.few(); count > 0 && mutant.length > 0; count--) {
    mutant = random.pick(changes)(mutant, random);
  }
  return mutant;
}

const changes = [
  (bytes, random) => {
    bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
  (bytes, random) => {
    bytes[random.below(bytes.length)] ^= 1 << random.below(8);
    return bytes;
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => {
    const [begin, end] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, begin), bytes.subarray(end)]);
  },
  (bytes, random) => {
    const [begin, end] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(begin)]);
  },
  (bytes, random) => {
    const at = random.below(bytes.length);
    const width = random.pick([1, 2, 4, 8]);
    if (at + width <= bytes.length) writeNumber(bytes, at, width, random.edge());
    return bytes;
  },
];

/** Writes a little-endian number, what is too large as its lowest bytes. */
export function writeNumber(bytes, at, width, value) {
  let rest = BigInt(value);
  for (let i = 0; i < width; i++, rest >>= 8n) bytes[at + i] = Number(rest & 255n);
}

function range(bytes, random) {
  const begin = random.below(bytes.length);
  return [begin, Math.min(bytes.length, begin + 1 + random.below(64))];
}
