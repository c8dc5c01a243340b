/** (byte / 255 − mean) / std, rounded to float32 after each operation, as PyTorch's float32 tensors are. */
export function writePixelTable(
  table: Float32Array,
  { mean = 0, std = 1 }: { readonly mean?: number; readonly std?: number },
): void {
  const [mean32, std32] = [Math.fround(mean), Math.fround(std)];
  for (let byte = 0; byte < 256; byte++) {
    const centred = Math.fround(Math.fround(byte / 255) - mean32);
    table[byte] = centred / std32;
  }
}
