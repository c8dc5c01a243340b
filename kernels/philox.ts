// Philox4x32-10, the same function as src/graph/philox.ts.

@inline
function high(product: u64): u32 {
  return <u32>(product >> 32);
}

/** Writes the four random words of a block. */
export function philox(to: usize, seed: u32, stream: u32, step: u32, block: u32): void {
  let c0 = block;
  let c1 = step;
  let c2 = stream;
  let c3: u32 = 0;
  let k0 = seed;
  let k1: u32 = 0;
  for (let round = 0; round < 10; round++) {
    const p0 = <u64>0xd2511f53 * <u64>c0;
    const p1 = <u64>0xcd9e8d57 * <u64>c2;
    c0 = high(p1) ^ c1 ^ k0;
    c1 = <u32>p1;
    c2 = high(p0) ^ c3 ^ k1;
    c3 = <u32>p0;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  store<u32>(to, c0);
  store<u32>(to, c1, 4);
  store<u32>(to, c2, 8);
  store<u32>(to, c3, 12);
}
