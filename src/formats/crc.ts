/**
 * A checksum of 32 bits: the remainder by a polynomial, bits reversed, all bits inverted at both ends.
 *
 * @param polynomial its bits reversed, without the highest
 */
export function crcBy(polynomial: number): (bytes: Uint8Array) => number {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
    }
    return remainder;
  });
  return (bytes) => {
    let remainder = 0xffffffff;
    for (let i = 0; i < bytes.length; i++) {
      remainder = table[(remainder ^ bytes[i]!) & 0xff]! ^ (remainder >>> 8);
    }
    return (remainder ^ 0xffffffff) >>> 0;
  };
}
